/** What becomes of messages that were in hand, those of a moment in one statement. */
import { createGathered, type Gathered } from "../gather.ts";
import { SET_ASIDE_DAYS } from "../message.ts";
import { ask, type PostgresQueueOptions } from "./options.ts";

export interface Rest {
  readonly id: string;
  /** Visible again after that. */
  readonly seconds: number;
  /** It rests from now on. */
  rests(): void;
}

export interface Endings {
  /** Done with. If that is lost the message comes again, to an output that has moved on. */
  readonly done: Gathered<string>;
  readonly rest: Gathered<Rest>;
  readonly setAside: Gathered<string>;
  flush(): Promise<void>;
}

export function createEndings(options: PostgresQueueOptions): Endings {
  const done = createGathered<string>((ids) => ask(options, { name: "queue.ack", text: ACK, values: [ids] }));
  const rest = createGathered<Rest>(async (rests) => {
    await ask(options, { name: "queue.rest", text: REST, values: [rests.map(({ id }) => id), rests.map(({ seconds }) => seconds)] });
    for (const { rests: tell } of rests) tell();
  });
  const setAside = createGathered<string>(async (ids) => {
    await ask(options, { name: "queue.set_aside", text: SET_ASIDE, values: [ids] });
    await ask(options, { name: "queue.forget", text: FORGET, values: [SET_ASIDE_DAYS] });
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
