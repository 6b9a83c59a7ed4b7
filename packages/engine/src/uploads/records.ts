import { z } from "zod";
import { toPublicId, type UploadPurpose } from "@cooly/contract";
import { statement, type Runner } from "../db/index.ts";
import { uploadColumns, UploadRow, type Copy } from "./upload-row.ts";

export interface Announced {
  readonly id: string;
  readonly accountId: string;
  readonly purpose: UploadPurpose;
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string | null;
  readonly rawKey: string;
}

/** How much one account may have at once. */
export interface Allowance {
  readonly waitingMax: number;
  readonly bytesMax: number;
}

/** Null if it would be more than the account may have. Those of one moment may together be a little more. */
export const announce = (db: Runner, { id, accountId, purpose, mime, bytes, sha256, rawKey }: Announced, allowance: Allowance): Promise<UploadRow | null> =>
  db.maybe(insertWaiting, [id, accountId, toPublicId("upload", id), purpose, mime, bytes, sha256, rawKey, allowance.waitingMax, allowance.bytesMax]);

const insertWaiting = statement(
  "uploads.announce",
  UploadRow,
  `with had as (
     select count(*) filter (where state = 'waiting') as waiting, coalesce(sum(case state when 'waiting' then announced_bytes else bytes end), 0) as bytes
     from uploads where account_id = $2
   ), u as (
     insert into uploads (id, account_id, public_id, purpose, announced_mime, announced_bytes, announced_sha256, raw_key)
     select $1, $2, $3, $4, $5, $6::bigint, decode($7, 'hex'), $8 from had where had.waiting < $9 and had.bytes + $6::bigint <= $10 returning *
   )
   select ${uploadColumns} from u`,
);

export interface Given {
  readonly id: string;
  readonly accountId: string;
  readonly purpose: UploadPurpose;
  readonly source: { readonly mime: string; readonly bytes: number; readonly sha256: string };
}

/** What came without being announced, and has been looked at. Null as for `announce`. */
export const record = (
  db: Runner,
  { id, accountId, purpose, source }: Given,
  { copy, allowance }: { copy: Copy; allowance: Allowance },
): Promise<UploadRow | null> =>
  db.maybe(insertReady, [id, accountId, toPublicId("upload", id), purpose, source.mime, source.bytes, source.sha256, ...valuesOf(copy), allowance.bytesMax]);

const valuesOf = ({ storageKey, thumbnailKey, mime, width, height, bytes, sha256 }: Copy) => [storageKey, thumbnailKey, mime, width, height, bytes, sha256];

const insertReady = statement(
  "uploads.record",
  UploadRow,
  `with had as (
     select coalesce(sum(case state when 'waiting' then announced_bytes else bytes end), 0) as bytes from uploads where account_id = $2
   ), u as (
     insert into uploads (id, account_id, public_id, purpose, announced_mime, announced_bytes, source_sha256, state,
       storage_key, thumbnail_key, mime, width, height, bytes, sha256)
     select $1, $2, $3, $4, $5, $6::bigint, decode($7, 'hex'), 'ready', $8, $9, $10, $11, $12, $13::bigint, decode($14, 'hex') from had where had.bytes + $13::bigint <= $15
     returning *
   )
   select ${uploadColumns} from u`,
);

export const findUpload = (db: Runner, accountId: string, id: string): Promise<UploadRow | null> => db.maybe(findOne, [accountId, id]);

const findOne = statement("uploads.find", UploadRow, `select ${uploadColumns} from uploads u where u.account_id = $1 and u.id = $2`);

export const isAwaited = async (db: Runner, rawKey: string): Promise<boolean> => (await db.maybe(findAwaited, [rawKey])) !== null;

const findAwaited = statement("uploads.find_awaited", z.object({ id: z.string() }), `select id from uploads where raw_key = $1`);

/** Missing ones are left out. */
export const findUploads = (db: Runner, accountId: string, ids: readonly string[]): Promise<UploadRow[]> => db.rows(findMany, [accountId, ids]);

const findMany = statement("uploads.find_many", UploadRow, `select ${uploadColumns} from uploads u where u.account_id = $1 and u.id = any($2::uuid[])`);

/** An upload of the same bytes that is ready, kept for another day. */
export const findTwin = (db: Runner, accountId: string, { purpose, sha256 }: { purpose: UploadPurpose; sha256: string }): Promise<UploadRow | null> =>
  db.maybe(keepTwin, [accountId, purpose, sha256]);

const keepTwin = statement(
  "uploads.keep_twin",
  UploadRow,
  `update uploads u set look_at = greatest(u.look_at, clock_timestamp() + interval '24 hours')
   where u.id = (select id from uploads where account_id = $1 and purpose = $2 and source_sha256 = decode($3, 'hex') and state = 'ready' order by id limit 1)
   returning ${uploadColumns}`,
);

/** Shares the copy of another upload of the same bytes; null if there is none, or if this one no longer waits. Locks the other for that. */
export const share = (db: Runner, { id, account_id, purpose }: UploadRow, sha256: string): Promise<UploadRow | null> =>
  db.maybe(shareCopy, [account_id, id, purpose, sha256]);

const shareCopy = statement(
  "uploads.share",
  UploadRow,
  `with twin as (
     select t.* from uploads t
     where t.account_id = $1 and t.purpose = $3 and t.source_sha256 = decode($4, 'hex') and t.state = 'ready' and t.id <> $2 order by t.id limit 1 for share
   )
   update uploads u set state = 'ready', raw_key = null, look_at = clock_timestamp() + interval '24 hours', source_sha256 = t.source_sha256,
     storage_key = t.storage_key, thumbnail_key = t.thumbnail_key, mime = t.mime, width = t.width, height = t.height, bytes = t.bytes, sha256 = t.sha256
   from twin t where u.account_id = $1 and u.id = $2 and u.state = 'waiting' returning ${uploadColumns}`,
);

/** Null if it no longer waits. */
export const settleReady = (
  db: Runner,
  { id, account_id }: UploadRow,
  { copy, sourceSha256 }: { copy: Copy; sourceSha256: string },
): Promise<UploadRow | null> => db.maybe(markReady, [account_id, id, sourceSha256, ...valuesOf(copy)]);

const markReady = statement(
  "uploads.mark_ready",
  UploadRow,
  `update uploads u set state = 'ready', raw_key = null, look_at = clock_timestamp() + interval '24 hours', source_sha256 = decode($3, 'hex'),
     storage_key = $4, thumbnail_key = $5, mime = $6, width = $7, height = $8, bytes = $9, sha256 = decode($10, 'hex')
   where u.account_id = $1 and u.id = $2 and u.state = 'waiting' returning ${uploadColumns}`,
);

export const settleRefused = (db: Runner, { id, account_id }: UploadRow, error: { code: string; message: string }): Promise<UploadRow | null> =>
  db.maybe(markRefused, [account_id, id, JSON.stringify(error)]);

const markRefused = statement(
  "uploads.mark_refused",
  UploadRow,
  `update uploads u set state = 'refused', raw_key = null, error = $3::jsonb
   where u.account_id = $1 and u.id = $2 and u.state = 'waiting' returning ${uploadColumns}`,
);

/** The keys of objects that nothing points to any more; null if the account has no such upload. */
export async function dropUpload(db: Runner, accountId: string, id: string): Promise<string[] | null> {
  if (!(await findUpload(db, accountId, id))) return null;
  return (await db.rows(drop, [[id]])).map(({ key }) => key);
}

const drop = statement("uploads.drop", z.object({ key: z.string() }), `select key from drop_uploads($1::uuid[]) as key`);

/** Drops what nobody confirmed or used for a day. Answers the keys of objects that nothing points to any more. */
export const sweepUploads = async (db: Runner, limit: number, now: Date | null = null): Promise<string[]> =>
  (await db.rows(sweep, [limit, now])).map(({ key }) => key);

// Rows that somebody has in hand are left for the next time.
const sweep = statement(
  "uploads.sweep",
  z.object({ key: z.string() }),
  `select key from sweep_uploads($1::int, coalesce($2::timestamptz, clock_timestamp())) as key`,
);

/** Uploads of a generation that was deleted are looked at as soon as they are a day old. */
export const lookAtUploadsOf = async (db: Runner, generationId: string): Promise<void> => {
  await db.rows(lookSoon, [generationId]);
};

const lookSoon = statement(
  "uploads.look_soon",
  z.object({ id: z.string() }),
  `update uploads set look_at = least(look_at, greatest(clock_timestamp(), created_at + interval '24 hours'))
   where id in (select upload_id from upload_uses where generation_id = $1 order by upload_id) returning id`,
);
