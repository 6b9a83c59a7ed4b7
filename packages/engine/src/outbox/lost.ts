import { z } from "zod";
import { statement, type Database } from "../db/index.ts";
import type { Queue } from "../ports/index.ts";

export interface LossWatch {
  /** One look. `waits`: some work waits for a worker, so another look is worth it. */
  look(): Promise<{ readonly announced: number; readonly waits: boolean }>;
}

/** A message takes no longer from the relay's hands into a worker's that has room. */
const UNDER_WAY_SECONDS = 3;
const BATCH_MAX = 1_000;

/**
 * Where the queue has nothing to hand out while work has waited for a while, the broker has forgotten it: flushed, restarted
 * without its memory, replaced by another. Then the work is announced again, long before the session sweeper would wonder.
 */
export function createLossWatch(db: Database, queue: Pick<Queue, "depth">): LossWatch {
  // A message that is just being taken is in no place for a moment: only two looks in a row mean something.
  let wasEmpty = false;
  return {
    async look() {
      const { waits, overdue } = await db.one(look, [UNDER_WAY_SECONDS]);
      const isEmpty = overdue && (await queue.depth()).waiting === 0;
      const again = isEmpty && wasEmpty;
      wasEmpty = isEmpty && !again;
      const announced = again ? (await db.rows(announce, [UNDER_WAY_SECONDS, BATCH_MAX])).length : 0;
      return { announced, waits };
    },
  };
}

const look = statement(
  "outbox.look_for_lost",
  z.object({ waits: z.boolean(), overdue: z.boolean() }),
  `select exists (select from work w join outputs o on o.id = w.output_id where o.state = 'queued') as waits,
     not exists (select from outbox where available_at <= clock_timestamp())
     and exists (select from work w join outputs o on o.id = w.output_id
       where o.state = 'queued' and w.run_at < clock_timestamp() - make_interval(secs => $1)) as overdue`,
);

// Locked by account and output, as everybody does who locks several rows of `work`.
const announce = statement(
  "outbox.announce_lost",
  z.object({ output_id: z.string() }),
  `with lost as (
     select w.output_id from work w join outputs o on o.id = w.output_id
     where o.state = 'queued' and w.run_at < clock_timestamp() - make_interval(secs => $1)
     order by w.account_id, w.output_id limit $2 for update of w skip locked
   ), late as (
     update work w set due_at = clock_timestamp() + greatest(interval '15 seconds', least(interval '5 minutes', clock_timestamp() - w.run_at))
     from lost where w.output_id = lost.output_id returning w.output_id, w.attempt
   )
   insert into outbox (output_id, attempt) select output_id, attempt from late returning output_id`,
);
