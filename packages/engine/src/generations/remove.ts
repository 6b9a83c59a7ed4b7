import { z } from "zod";
import { statement, type Database } from "../db/index.ts";
import { lookAtUploadsOf } from "../uploads/records.ts";

export type Removed = "removed" | "missing" | "not_finished";

/**
 * Purges what a person would not want kept: the prompt, the input and the metadata. The rows that explain the ledger stay.
 * The media are left to the sweeper, which deletes what no row points to; from here on no link is made to them.
 */
export async function removeGeneration(db: Database, target: { accountId: string; generationId: string }): Promise<Removed> {
  const { outcome } = await db.one(purge, [target.accountId, target.generationId]);
  if (outcome === "removed") await lookAtUploadsOf(db, target.generationId);
  return outcome;
}

const purge = statement(
  "generations.purge",
  z.object({ outcome: z.enum(["removed", "missing", "not_finished"]) }),
  `with found as (
     select id, finished_at from generations where account_id = $1 and id = $2 and deleted_at is null for update
   ), purged as (
     update generations g set deleted_at = clock_timestamp(), input = '{}', metadata = '{}', error = null
     from found where g.id = found.id and found.finished_at is not null returning g.id
   )
   select case when not exists (select from found) then 'missing'
               when not exists (select from purged) then 'not_finished' else 'removed' end as outcome`,
);

/** Keys of purged generations' media, for whoever deletes them; `forget` follows once they are gone. */
export async function listPurgedMedia(db: Database, limit: number): Promise<{ output_id: string; keys: string[] }[]> {
  return db.rows(listPurged, [limit]);
}

const listPurged = statement(
  "generations.list_purged_media",
  z.object({ output_id: z.string(), keys: z.array(z.string()) }),
  `select o.id as output_id, array_remove(array[o.storage_key, o.thumbnail_key], null) as keys
   from generations g join outputs o on o.generation_id = g.id
   where g.deleted_at is not null and g.media_purged_at is null and o.storage_key is not null and o.media_deleted_at is null
   limit $1`,
);

export async function forgetMedia(db: Database, outputIds: readonly string[]): Promise<void> {
  await db.rows(forget, [outputIds]);
  await db.rows(closePurged, []);
}

const forget = statement(
  "generations.forget_media",
  z.object({ id: z.string() }),
  `update outputs set media_deleted_at = clock_timestamp() where id = any($1::uuid[]) returning id`,
);

const closePurged = statement(
  "generations.close_purged",
  z.object({ id: z.string() }),
  `update generations g set media_purged_at = clock_timestamp()
   where g.deleted_at is not null and g.media_purged_at is null
     and not exists (select from outputs o where o.generation_id = g.id and o.storage_key is not null and o.media_deleted_at is null)
   returning g.id`,
);
