import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { ConsumeOptions, Message, Queue } from "@cooly/engine/ports";

/** A message in hand is hidden from other consumers for this long; a live consumer keeps extending it. */
const VISIBILITY_SECONDS = 30;
const EXTEND_MS = 10_000;
const POLL_MS = 15_000;
const POLL_DEAF_MS = 500;
const ACK_EVERY_MS = 2;

export interface PostgresQueueOptions {
  readonly pool: Pick<pg.Pool, "query">;
  /** Tells consumers, here and in other processes, that there is something to take. */
  readonly ring: () => void;
  readonly onRing: (listener: () => void) => () => void;
  /** Whether rings of other processes arrive; if not, the queue is polled more often. */
  readonly listening: () => boolean;
}

/** Claims by SKIP LOCKED from an unlogged table. What a crash of the server takes with it, the session sweeper re-issues. */
export function createPostgresQueue({ pool, ring, onRing, listening }: PostgresQueueOptions): Queue {
  const inHand = new Set<string>();
  let finished: string[] = [];
  let acking: Promise<void> | null = null;

  async function acknowledge(): Promise<void> {
    await sleep(ACK_EVERY_MS);
    const ids = finished;
    finished = [];
    await pool.query({ name: "queue.ack", text: "delete from queue_messages where id = any($1::bigint[])", values: [ids] });
  }

  // A lost acknowledgement brings the message again, to an output that has moved on.
  function finish(id: string): void {
    finished.push(id);
    acking ??= acknowledge()
      .catch(() => undefined)
      .finally(() => {
        acking = null;
      });
  }

  async function receive(limit: number): Promise<{ id: string; output_id: string; attempt: number }[]> {
    const reply = await pool.query({ name: "queue.receive", text: RECEIVE, values: [limit, VISIBILITY_SECONDS] });
    return reply.rows as { id: string; output_id: string; attempt: number }[];
  }

  async function extend(): Promise<void> {
    if (inHand.size === 0) return;
    const text = "update queue_messages set visible_at = clock_timestamp() + make_interval(secs => $2) where id = any($1::bigint[])";
    await pool.query({ name: "queue.extend", text, values: [[...inHand], VISIBILITY_SECONDS] });
  }

  return {
    async publish(messages) {
      if (messages.length === 0) return;
      const values = [messages.map(({ outputId }) => outputId), messages.map(({ attempt }) => attempt)];
      await pool.query({ name: "queue.publish", text: PUBLISH, values });
      ring();
    },

    async consume(handle: (message: Message) => Promise<void>, { concurrency, signal }: ConsumeOptions) {
      const running = new Set<Promise<void>>();
      let wake = (): void => undefined;
      const endRing = onRing(() => wake());
      const keepers = setInterval(() => void extend().catch(() => undefined), EXTEND_MS);
      const onAbort = (): void => wake();
      signal.addEventListener("abort", onAbort, { once: true });

      const begin = (row: { id: string; output_id: string; attempt: number }): void => {
        inHand.add(row.id);
        const work = handle({ outputId: row.output_id, attempt: row.attempt })
          .then(
            () => finish(row.id),
            () => undefined,
          )
          .finally(() => {
            inHand.delete(row.id);
            running.delete(work);
            wake();
          });
        running.add(work);
      };

      while (!signal.aborted) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const free = concurrency - running.size;
        const rows = free > 0 ? await receive(free).catch(() => []) : [];
        rows.forEach(begin);
        if (rows.length > 0 && rows.length === free) continue;
        const pause = new AbortController();
        await Promise.race([woken, sleep(listening() ? POLL_MS : POLL_DEAF_MS, undefined, { signal: pause.signal }).catch(() => undefined)]);
        pause.abort();
      }
      endRing();
      signal.removeEventListener("abort", onAbort);
      await Promise.all(running);
      clearInterval(keepers);
      await acking;
      if (finished.length > 0) await acknowledge().catch(() => undefined);
    },

    async depth() {
      const reply = await pool.query<{ waiting: string; oldest: number | null }>(DEPTH);
      return { waiting: Number(reply.rows[0]!.waiting), oldestSeconds: reply.rows[0]!.oldest };
    },

    async close() {
      await acking;
    },
  };
}

const PUBLISH = `insert into queue_messages (output_id, attempt) select * from unnest($1::uuid[], $2::int[])
  on conflict (output_id, attempt) do nothing`;

const RECEIVE = `update queue_messages set visible_at = clock_timestamp() + make_interval(secs => $2), receives = receives + 1
  where id in (select id from queue_messages where visible_at <= clock_timestamp() order by id limit $1 for update skip locked)
  returning id::text, output_id, attempt`;

const DEPTH = `select count(*)::text as waiting, extract(epoch from clock_timestamp() - min(published_at))::float8 as oldest
  from queue_messages where visible_at <= clock_timestamp()`;
