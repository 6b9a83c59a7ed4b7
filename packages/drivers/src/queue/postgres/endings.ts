/** What becomes of messages that were in hand, those of a moment in one statement. */
import { createGathered, type Gathered } from "../gather.ts";
import { SET_ASIDE_DAYS } from "../message.ts";
import type { PostgresQueueOptions } from "./options.ts";

export interface Endings {
  /** Done with. If that is lost the message comes again, to an output that has moved on. */
  readonly done: Gathered<string>;
  /** Visible again after so many seconds. */
  readonly rest: Gathered<{ readonly id: string; readonly seconds: number }>;
  readonly setAside: Gathered<string>;
  flush(): Promise<void>;
}

export function createEndings({ pool, ring }: Pick<PostgresQueueOptions, "pool" | "ring">): Endings {
  const done = createGathered<string>((ids) => pool.query({ name: "queue.ack", text: ACK, values: [ids] }));
  const rest = createGathered<{ id: string; seconds: number }>(async (rests) => {
    await pool.query({ name: "queue.rest", text: REST, values: [rests.map(({ id }) => id), rests.map(({ seconds }) => seconds)] });
    if (rests.some(({ seconds }) => seconds === 0)) ring();
  });
  const setAside = createGathered<string>(async (ids) => {
    await pool.query({ name: "queue.set_aside", text: SET_ASIDE, values: [ids] });
    await pool.query({ name: "queue.forget", text: FORGET, values: [SET_ASIDE_DAYS] });
  });
  return {
    done,
    rest,
    setAside,
    async flush() {
      await Promise.all([done.flush(), rest.flush(), setAside.flush()]);
    },
  };
}

const ACK = "delete from queue_messages where id = any($1::bigint[])";

const REST = `update queue_messages m set visible_at = clock_timestamp() + make_interval(secs => r.seconds)
  from unnest($1::bigint[], $2::float8[]) as r (id, seconds) where m.id = r.id`;

const SET_ASIDE = `with failed as (delete from queue_messages where id = any($1::bigint[]) returning output_id, attempt)
  insert into queue_set_aside (output_id, attempt) select output_id, attempt from failed on conflict do nothing`;

const FORGET = "delete from queue_set_aside where set_aside_at < clock_timestamp() - make_interval(days => $1)";
