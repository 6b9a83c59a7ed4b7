import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";
import { hashOfRequest } from "./submit.ts";

/** What an earlier request of this key became, or null if there was none. The accept looks again, under the account's lock. */
export async function findReplay(
  db: Runner,
  { accountId, idempotencyKey, request }: { accountId: string; idempotencyKey: string; request: unknown },
): Promise<{ outcome: "replayed"; generationId: string } | { outcome: "mismatch" } | null> {
  const row = await db.maybe(find, [accountId, idempotencyKey, hashOfRequest(request)]);
  if (!row) return null;
  return row.same ? { outcome: "replayed", generationId: row.generation_id } : { outcome: "mismatch" };
}

const find = statement(
  "generations.find_replay",
  z.object({ generation_id: z.string(), same: z.boolean() }),
  `select generation_id, request_hash = decode($3, 'hex') as same from idempotency_keys where account_id = $1 and key = $2`,
);
