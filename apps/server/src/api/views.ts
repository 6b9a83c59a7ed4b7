import { fileNameOf, toPublicId, type Event, type GenerationView, type OutputView, type ModelManifest, type ModelView } from "@cooly/contract";
import type { GenerationRow, LiveEvent, OutputRow } from "@cooly/engine";
import type { Clock, ObjectStore } from "@cooly/engine/ports";

const LINK_SECONDS = 3600;
// Links made within the same quarter of an hour are equal, so that a browser's cache finds them again.
const LINK_STEP_MS = 15 * 60_000;

/** Until when links that are made now live. */
export const linksUntil = (now: Date): Date => new Date(Math.ceil(now.getTime() / LINK_STEP_MS) * LINK_STEP_MS + LINK_SECONDS * 1000);

export interface Views {
  generation(row: GenerationRow): GenerationView;
  /** Null for an event of a generation that has been deleted since. */
  event(event: LiveEvent): Event | null;
}

export function createViews({ store, clock }: { store: ObjectStore; clock: Clock }): Views {
  const links = (): Links => ({ store, expiresAt: linksUntil(clock.now()) });
  return { generation: (row) => viewGeneration(row, links()), event: (live) => viewEvent(live, links()) };
}

/** What makes links to media, and until when those of one answer live. */
interface Links {
  readonly store: ObjectStore;
  readonly expiresAt: Date;
}

function viewOutput(row: OutputRow, generation: GenerationRow, { store, expiresAt }: Links): OutputView {
  const { index, mime, storage_key, thumbnail_key } = row;
  const shown = storage_key !== null && mime !== null && !row.media_deleted;
  const { id: generationId, kind, input } = generation;
  const filename = fileNameOf({ generationId: toPublicId("generation", generationId), kind, prompt: String(input["prompt"] ?? ""), index, mime });
  return {
    id: toPublicId("output", row.id),
    index,
    status: row.state === "leased" ? "running" : row.state === "written_off" ? "failed" : row.state,
    progress: row.progress === null ? null : Math.round(row.progress * 1000) / 1000,
    url: shown ? store.signedUrl(storage_key, { expiresAt, mime }) : null,
    download_url: shown ? store.signedUrl(storage_key, { expiresAt, mime, filename }) : null,
    url_expires_at: shown ? expiresAt.toISOString() : null,
    mime,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    duration_ms: row.duration_ms,
    sha256: row.sha256,
    thumbnail_url: shown && thumbnail_key !== null ? store.signedUrl(thumbnail_key, { expiresAt, mime: "image/webp" }) : null,
    thumbhash: row.thumbhash,
    waveform: row.waveform,
    provenance: row.provenance,
    seed: row.seed,
    error: row.error as OutputView["error"],
    credits: { quoted: row.credits, charged: row.captured, released: row.released },
  };
}

const most = (figures: readonly (number | null)[]): number | null => figures.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);
const between = (from: Date, to: Date | null): number | null => (to === null ? null : Math.max(0, to.getTime() - from.getTime()));

function viewGeneration(row: GenerationRow, links: Links): GenerationView {
  return {
    id: toPublicId("generation", row.id),
    object: "generation",
    model: row.model,
    model_version: row.model_version,
    kind: row.kind,
    status: row.status,
    cancel_requested: row.cancel_requested,
    input: row.input,
    outputs: row.outputs.map((output) => viewOutput(output, row, links)),
    credits: { quoted: row.quoted, charged: row.charged, released: row.released },
    error: row.error as GenerationView["error"],
    warnings: row.warnings,
    timings: {
      queued_ms: between(row.created_at, row.started_at),
      provider_ms: most(row.outputs.map(({ provider_ms }) => provider_ms)),
      transfer_ms: most(row.outputs.map(({ transfer_ms }) => transfer_ms)),
      total_ms: between(row.created_at, row.finished_at),
    },
    metadata: row.metadata,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

function viewEvent(live: LiveEvent, links: Links): Event | null {
  const at = live.created_at.toISOString();
  if (live.type === "credits.changed") return { type: live.type, at, available: live.available!, held: live.held! };
  const base = { at, generation_id: toPublicId("generation", live.generation_id!) };
  const place = { output_id: live.output_id ? toPublicId("output", live.output_id) : "", index: live.output_index ?? 0 };
  switch (live.type) {
    case "generation.running":
    case "generation.unknown":
      return { type: live.type, ...base, ...place };
    case "generation.progress":
      return { type: live.type, ...base, ...place, progress: Math.round((live.progress ?? 0) * 1000) / 1000 };
    case "generation.output": {
      const row = live.generation?.outputs.find(({ id }) => id === live.output_id);
      return row ? { type: live.type, ...base, output: viewOutput(row, live.generation!, links) } : null;
    }
    default:
      return live.generation && { type: live.type, ...base, generation: viewGeneration(live.generation, links) };
  }
}

const SHIPPED = Date.UTC(2026, 10, 1) / 1000;

export const viewModel = (model: ModelManifest, admin: boolean): ModelView => ({
  id: model.id,
  object: "model",
  created: SHIPPED,
  owned_by: model.routes[0]!.provider,
  version: model.version,
  name: model.name,
  kind: model.kind,
  description: model.description,
  label: model.label ?? null,
  outputs: model.outputs,
  params: model.params,
  price: model.price,
  lifecycle: model.lifecycle,
  ...(admin && { routes: model.routes }),
});
