import type { Queue } from "@cooly/engine/ports";
import { consume } from "./consume.ts";
import { createEndings } from "./endings.ts";
import { ask, type PostgresQueueOptions } from "./options.ts";

export type { PostgresQueueOptions };

/** Claims by SKIP LOCKED from an unlogged table. What a crash of the server takes with it, the session sweeper re-issues. */
export function createPostgresQueue(options: PostgresQueueOptions): Queue {
  const { ring } = options;
  const endings = createEndings(options);
  return {
    async publish(messages) {
      if (messages.length === 0) return;
      const values = [messages.map(({ outputId }) => outputId), messages.map(({ attempt }) => attempt)];
      await ask(options, { name: "queue.publish", text: PUBLISH, values });
      ring();
    },
    async consume(handle, consumption) {
      await consume(handle, { ...options, ...consumption, endings });
      await endings.flush();
    },
    async depth() {
      const [depth] = await ask<{ waiting: string; oldest: number | null; set_aside: string }>(options, { text: DEPTH });
      return { waiting: Number(depth!.waiting), oldestSeconds: depth!.oldest, setAside: Number(depth!.set_aside) };
    },
    async redrive() {
      const [taken] = await ask<{ moved: string }>(options, { text: REDRIVE });
      const moved = Number(taken!.moved);
      if (moved > 0) ring();
      return moved;
    },
    close: () => endings.flush(),
  };
}

const PUBLISH = `insert into queue_messages (output_id, attempt) select * from unnest($1::uuid[], $2::int[])
  on conflict (output_id, attempt) do nothing`;

const DEPTH = `select count(*)::text as waiting, extract(epoch from clock_timestamp() - min(published_at))::float8 as oldest,
    (select count(*)::text from queue_set_aside) as set_aside
  from queue_messages where visible_at <= clock_timestamp()`;

const REDRIVE = `with taken as (delete from queue_set_aside returning output_id, attempt),
  put as (insert into queue_messages (output_id, attempt) select output_id, attempt from taken on conflict do nothing)
  select count(*)::text as moved from taken`;
