import { z } from "zod";
import { statement, type Database } from "../db/index.ts";
import type { Queue } from "../ports/index.ts";

/**
 * Moves one batch of accepted work to the queue. Rows leave the outbox only once the broker has them, so a crash in between
 * sends them twice, which is harmless. `nextSeconds`: when the next row that has to wait is due; null if none does.
 */
export async function relayBatch(db: Database, queue: Pick<Queue, "publish">, limit: number): Promise<{ moved: number; nextSeconds: number | null }> {
  return db.transaction(async (tx) => {
    const rows = await tx.rows(take, [limit]);
    if (rows.length > 0) await queue.publish(rows.map(({ output_id, attempt }) => ({ outputId: output_id, attempt })));
    // While there is more than a batch, what has to wait need not be looked for: that reads all that is there.
    const nextSeconds = rows.length === limit ? 0 : (await tx.one(nextDue, [])).seconds;
    return { moved: rows.length, nextSeconds };
  });
}

// Rows that another relay has in hand are skipped.
const take = statement(
  "outbox.take",
  z.object({ output_id: z.string(), attempt: z.number() }),
  // By an array, so that no plan reads the whole outbox to find its batch.
  `delete from outbox where id = any(array(
     select id from outbox where available_at <= clock_timestamp() order by id limit $1 for update skip locked))
   returning output_id, attempt`,
);

const nextDue = statement(
  "outbox.next_due",
  z.object({ seconds: z.number().nullable() }),
  `select extract(epoch from min(available_at) - clock_timestamp())::float8 as seconds from outbox where available_at > clock_timestamp()`,
);
