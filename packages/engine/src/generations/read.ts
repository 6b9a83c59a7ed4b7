import { z } from "zod";
import { generationStatuses, mediaKinds, type GenerationStatus, type MediaKind } from "@cooly/contract";
import { statement, type Runner } from "../db/index.ts";

export const outputStates = ["queued", "leased", "finalizing", "unknown", "delivered", "refused", "failed", "canceled", "written_off"] as const;

const Trouble = z.object({ code: z.string(), message: z.string() });

export const OutputRow = z.object({
  id: z.string(),
  index: z.number(),
  state: z.enum(outputStates),
  progress: z.number().nullable(),
  credits: z.number(),
  captured: z.number(),
  released: z.number(),
  seed: z.number(),
  storage_key: z.string().nullable(),
  thumbnail_key: z.string().nullable(),
  mime: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  bytes: z.number().nullable(),
  duration_ms: z.number().nullable(),
  sha256: z.string().nullable(),
  thumbhash: z.string().nullable(),
  waveform: z.string().nullable(),
  provenance: z.enum(["c2pa", "source_type", "marked"]).nullable(),
  error: Trouble.nullable(),
  provider_ms: z.number().nullable(),
  transfer_ms: z.number().nullable(),
  media_deleted: z.boolean(),
});
export type OutputRow = z.infer<typeof OutputRow>;

export const GenerationRow = z.object({
  id: z.string(),
  account_id: z.string(),
  model: z.string(),
  model_version: z.number(),
  kind: z.enum(mediaKinds),
  status: z.enum(generationStatuses),
  cancel_requested: z.boolean(),
  input: z.record(z.string(), z.json()),
  metadata: z.record(z.string(), z.string()),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  quoted: z.number(),
  charged: z.number(),
  released: z.number(),
  error: Trouble.nullable(),
  created_at: z.date(),
  started_at: z.date().nullable(),
  finished_at: z.date().nullable(),
  outputs: z.array(OutputRow),
});
export type GenerationRow = z.infer<typeof GenerationRow>;

const columns = `
  g.id, g.account_id, g.model, g.model_version, g.kind, g.status, g.cancel_requested_at is not null as cancel_requested, g.input, g.metadata,
  g.warnings, g.quoted, g.charged, g.released, g.error, g.created_at, g.started_at, g.finished_at,
  (select jsonb_agg(jsonb_build_object(
      'id', o.id, 'index', o.index, 'state', o.state, 'progress', w.progress, 'credits', o.credits, 'captured', o.captured,
      'released', o.released, 'seed', o.seed, 'storage_key', o.storage_key, 'thumbnail_key', o.thumbnail_key, 'mime', o.mime,
      'width', o.width, 'height', o.height, 'bytes', o.bytes, 'duration_ms', o.duration_ms, 'sha256', encode(o.sha256, 'hex'),
      'thumbhash', o.thumbhash, 'waveform', o.waveform, 'provenance', o.provenance, 'error', case when o.settled_at is not null then o.error end, 'provider_ms', o.provider_ms,
      'transfer_ms', o.transfer_ms, 'media_deleted', o.media_deleted_at is not null) order by o.index)
    from outputs o left join work w on w.output_id = o.id where o.generation_id = g.id) as outputs`;

export const findGeneration = (db: Runner, accountId: string, id: string): Promise<GenerationRow | null> => db.maybe(findOne, [accountId, id]);

const findOne = statement(
  "generations.find",
  GenerationRow,
  `select ${columns} from generations g where g.account_id = $1 and g.id = $2 and g.deleted_at is null`,
);

/** For the event stream: whatever the account. Missing ones are left out. */
export const findGenerations = (db: Runner, ids: readonly string[]): Promise<GenerationRow[]> => db.rows(findMany, [ids]);

const findMany = statement(
  "generations.find_many",
  GenerationRow,
  `select ${columns} from generations g where g.id = any($1::uuid[]) and g.deleted_at is null`,
);

export interface GenerationFilter {
  readonly after: string | null;
  readonly limit: number;
  readonly status: GenerationStatus | null;
  readonly model: string | null;
  readonly kind: MediaKind | null;
  /** Words of the prompt; every one must be in it. */
  readonly q: string | null;
}

/** Newest first, by keyset: page 5,000 costs what page 1 does. */
export async function listGenerations(db: Runner, accountId: string, filter: GenerationFilter): Promise<GenerationRow[]> {
  const words = filter.q?.split(/\s+/).filter(Boolean) ?? [];
  const patterns = words.map((word) => `%${word.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`)}%`);
  return db.rows(listPage, [accountId, filter.after, filter.limit, filter.status, filter.model, filter.kind, patterns]);
}

const listPage = statement(
  "generations.list",
  GenerationRow,
  `select ${columns} from generations g
   where g.account_id = $1 and g.deleted_at is null
     and ($2::uuid is null or g.id < $2) and ($4::text is null or g.status = $4) and ($5::text is null or g.model = $5)
     and ($6::text is null or g.kind = $6) and (g.input ->> 'prompt') ilike all ($7::text[])
   order by g.id desc limit $3`,
);
