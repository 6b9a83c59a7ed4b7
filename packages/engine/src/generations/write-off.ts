import { z } from "zod";
import { statement, type Database, type Doorbell } from "../db/index.ts";
import { settle, type SettleOutcome } from "./settle.ts";

const Unknown = z.object({
  output_id: z.string(),
  account_id: z.string(),
  generation_id: z.string(),
  provider: z.string(),
  task_id: z.string().nullable(),
  why: z.string(),
  credits: z.number(),
  sent_at: z.date().nullable(),
});
export type Unknown = z.infer<typeof Unknown>;

/** Outputs whose provider has not said what became of them, oldest first. `outputIds` null: all. */
export const listUnknown = (db: Database, filter: { outputIds: readonly string[] | null; limit: number }): Promise<Unknown[]> =>
  db.rows(list, [filter.outputIds, filter.limit]);

const list = statement(
  "unknown.list",
  Unknown,
  `select o.id as output_id, o.account_id, o.generation_id, a.provider, a.operation ->> 'id' as task_id, coalesce(a.error ->> 'message', '') as why,
     o.credits, a.sent_at
   from work w join outputs o on o.id = w.output_id join attempts a on a.output_id = o.id and a.attempt = o.attempt
   where o.state = 'unknown' and ($1::uuid[] is null or o.id = any($1)) order by a.sent_at limit $2`,
);

/** Gives the credits back, for good, on an operator's word: whatever the provider says later charges nobody. */
export async function writeOff(
  { db, doorbell }: { db: Database; doorbell: Pick<Doorbell, "ring"> },
  unknowns: readonly Pick<Unknown, "output_id" | "account_id">[],
  reason: string,
): Promise<Map<string, SettleOutcome>> {
  const error = { code: "written_off" as const, message: "The provider never said what became of this. Nothing was charged." };
  const outcomes = await settle(
    db,
    unknowns.map(({ output_id: outputId, account_id: accountId }) => ({ outputId, accountId, attempt: null, state: "written_off", error, reason })),
  );
  doorbell.ring("events");
  return outcomes;
}
