import type { Queue } from "@cooly/engine/ports";
import { createAcknowledger } from "./acknowledge.ts";
import { consume } from "./consume.ts";
import type { PostgresQueueOptions } from "./options.ts";

export type { PostgresQueueOptions };

/** Claims by SKIP LOCKED from an unlogged table. What a crash of the server takes with it, the session sweeper re-issues. */
export function createPostgresQueue(options: PostgresQueueOptions): Queue {
  const { pool, ring } = options;
  const acknowledger = createAcknowledger(pool);
  return {
    async publish(messages) {
      if (messages.length === 0) return;
      const values = [messages.map(({ outputId }) => outputId), messages.map(({ attempt }) => attempt)];
      await pool.query({ name: "queue.publish", text: PUBLISH, values });
      ring();
    },
    async consume(handle, consumption) {
      await consume(handle, { ...options, ...consumption, acknowledge: acknowledger.acknowledge });
      await acknowledger.flush();
    },
    async depth() {
      const reply = await pool.query<{ waiting: string; oldest: number | null }>(DEPTH);
      return { waiting: Number(reply.rows[0]!.waiting), oldestSeconds: reply.rows[0]!.oldest };
    },
    close: () => acknowledger.flush(),
  };
}

const PUBLISH = `insert into queue_messages (output_id, attempt) select * from unnest($1::uuid[], $2::int[])
  on conflict (output_id, attempt) do nothing`;

const DEPTH = `select count(*)::text as waiting, extract(epoch from clock_timestamp() - min(published_at))::float8 as oldest
  from queue_messages where visible_at <= clock_timestamp()`;
