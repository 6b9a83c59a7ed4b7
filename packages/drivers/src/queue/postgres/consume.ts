import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { ConsumeOptions, Message } from "@cooly/engine/ports";
import type { PostgresQueueOptions } from "./options.ts";

/** A message in hand is hidden from other consumers for this long; a live consumer keeps extending it. */
const VISIBILITY_SECONDS = 30;
const EXTEND_MS = 10_000;
const POLL_MS = 15_000;
const POLL_DEAF_MS = 500;
/** With so many in hand, another end is never far. */
const MANY = 8;
const TOGETHER_MS = 10;

interface Received {
  readonly id: string;
  readonly output_id: string;
  readonly attempt: number;
}

type Consumption = Pick<PostgresQueueOptions, "pool" | "onRing" | "listening"> & ConsumeOptions & { readonly acknowledge: (id: string) => void };

/** Until the signal: takes as much as there is room for, then waits for a ring, for room, or for a while. */
export async function consume(handle: (message: Message) => Promise<void>, consumption: Consumption): Promise<void> {
  const { concurrency, signal, listening, onRing } = consumption;
  const running = new Map<string, Promise<void>>();
  let wake = (): void => undefined;
  const endRing = onRing(() => wake());
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  const extending = setInterval(() => void extend(consumption, [...running.keys()]).catch(() => undefined), EXTEND_MS);

  const begin = ({ id, output_id: outputId, attempt }: Received): void => {
    const work = handle({ outputId, attempt })
      .then(
        () => consumption.acknowledge(id),
        () => undefined,
      )
      .finally(() => {
        running.delete(id);
        wake();
      });
    running.set(id, work);
  };

  while (!signal.aborted) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const free = concurrency - running.size;
    const messages = free > 0 ? await receive(consumption, free).catch(() => []) : [];
    messages.forEach(begin);
    if (messages.length > 0 && messages.length === free) continue;
    await Promise.race([woken, pause(listening() ? POLL_MS : POLL_DEAF_MS, woken)]);
    // What ends together makes room together: one look for all of it.
    await nextTurn();
    if (running.size >= MANY && running.size > concurrency * 0.75) await sleep(TOGETHER_MS);
  }
  endRing();
  signal.removeEventListener("abort", onAbort);
  await Promise.all(running.values());
  clearInterval(extending);
}

/** A timer that does not outlive what it waits beside. */
function pause(ms: number, until: Promise<void>): Promise<void> {
  const timer = new AbortController();
  void until.then(() => timer.abort());
  return sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined);
}

async function receive({ pool }: Consumption, limit: number): Promise<Received[]> {
  const reply = await pool.query<Received>({ name: "queue.receive", text: RECEIVE, values: [limit, VISIBILITY_SECONDS] });
  return reply.rows;
}

async function extend({ pool }: Consumption, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await pool.query({ name: "queue.extend", text: EXTEND, values: [ids, VISIBILITY_SECONDS] });
}

const RECEIVE = `update queue_messages set visible_at = clock_timestamp() + make_interval(secs => $2), receives = receives + 1
  where id in (select id from queue_messages where visible_at <= clock_timestamp() order by id limit $1 for update skip locked)
  returning id::text, output_id, attempt`;

const EXTEND = `update queue_messages set visible_at = clock_timestamp() + make_interval(secs => $2) where id = any($1::bigint[])`;
