import { z } from "zod";
import { statement, type Database } from "../db/index.ts";
import type { Queue } from "../ports/index.ts";

export interface Relay {
  /**
   * Answers when the next pass is worth it: at once (0), in so many seconds, or at the next ring (null). Who was not called
   * asks first whether there is anything: an idle system pays one question.
   */
  pass(called?: boolean): Promise<number | null>;
}

interface Move {
  readonly moved: number;
  /** When the next row that has to wait is due; null if none does, 0 if there may be more at once. */
  readonly nextSeconds: number | null;
  readonly last: number;
}

/** While there is more than a batch, one is taken from the outbox while another is handed over. */
const LANES_AT_LOAD = 2;

/** Moves accepted work to the queue, `limit` messages at a time. */
export function createRelay(db: Database, queue: Pick<Queue, "publish">, limit: number): Relay {
  let lanes = 1;
  // What was deleted a moment ago is still in the index. Whoever looks from here on does not read it again.
  let after = 0;
  return {
    async pass(called = true) {
      if (!called) {
        const { seconds } = await db.one(nextDue, [true]);
        if (seconds === null || seconds > 0) return seconds;
      }
      const from = after;
      after = 0;
      const done = await Promise.allSettled(Array.from({ length: lanes }, () => relayBatch(db, queue, { limit, after: from })));
      const moves = done.map((lane) => {
        if (lane.status === "rejected") throw lane.reason;
        return lane.value;
      });
      const isFull = moves.every(({ moved }) => moved === limit);
      lanes = isFull ? LANES_AT_LOAD : 1;
      if (isFull) after = Math.max(...moves.map(({ last }) => last));
      // What was committed late may stand before that.
      if (isFull || from > 0) return 0;
      const pauses = moves.flatMap(({ nextSeconds }) => nextSeconds ?? []);
      return pauses.length > 0 ? Math.min(...pauses) : null;
    },
  };
}

/**
 * Moves one batch of accepted work to the queue. Rows leave the outbox only once the broker has them, so a crash in between
 * sends them twice, which is harmless.
 */
export function relayBatch(db: Database, queue: Pick<Queue, "publish">, { limit, after = 0 }: { limit: number; after?: number }): Promise<Move> {
  return db.transaction(async (tx) => {
    const { messages, last } = await tx.one(take, [limit, after]);
    if (messages.length > 0) await queue.publish(messages.map(([outputId, attempt]) => ({ outputId, attempt })));
    // While there is more than a batch, what has to wait need not be looked for: that reads all that is there.
    const nextSeconds = messages.length === limit ? 0 : (await tx.one(nextDue, [false])).seconds;
    return { moved: messages.length, nextSeconds, last: last ?? after };
  }, UNFLUSHED);
}

// What a crash brings back is sent twice, as above; whoever acts on a message commits later, and flushes this too.
const UNFLUSHED = { begin: "begin; set local synchronous_commit = off" };

// Rows that another relay has in hand are skipped.
const take = statement(
  "outbox.take",
  z.object({ messages: z.array(z.tuple([z.string(), z.number()])), last: z.number().nullable() }),
  // By an array, so that no plan reads the whole outbox to find its batch; as one row, which is a third of the reading.
  `with taken as (
     delete from outbox where ctid = any(array(
       select ctid from outbox where id > $2 and available_at <= clock_timestamp() order by id limit $1 for update skip locked))
     returning id, output_id, attempt
   )
   select coalesce(json_agg(json_build_array(output_id, attempt) order by id), '[]') as messages, max(id) as last from taken`,
);

const nextDue = statement(
  "outbox.next_due",
  z.object({ seconds: z.number().nullable() }),
  `select extract(epoch from min(available_at) - clock_timestamp())::float8 as seconds from outbox where $1 or available_at > clock_timestamp()`,
);
