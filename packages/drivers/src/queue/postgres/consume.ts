import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { RECEIVES_MAX, type ConsumeOptions, type Message } from "@cooly/engine/ports";
import { restSeconds } from "../message.ts";
import type { Endings } from "./endings.ts";
import { ask, type PostgresQueueOptions } from "./options.ts";

const VISIBILITY_SECONDS = 30;
const POLL_MS = 15_000;
const POLL_DEAF_MS = 500;
/** With so many in hand, another end is never far. */
const MANY = 8;
const TOGETHER_MS = 10;
/** What has rested is looked for a little after that. */
const AFTER_REST_MS = 20;

interface Received {
  readonly id: string;
  readonly output_id: string;
  readonly attempt: number;
  readonly receives: number;
}

type Consumption = PostgresQueueOptions & ConsumeOptions & { readonly endings: Endings };

/** Until the signal: takes as much as there is room for, then waits for a ring, for room, or for a while. */
export async function consume(handle: (message: Message) => Promise<void>, consumption: Consumption): Promise<void> {
  const { concurrency, signal, listening, onRing } = consumption;
  const running = new Map<string, Promise<void>>();
  let wake = (): void => undefined;
  const onWake = (): void => wake();
  const endRing = onRing(onWake);
  signal.addEventListener("abort", onWake, { once: true });
  const extending = setInterval(() => void extend(consumption, [...running.keys()]).catch(() => undefined), visibilityOf(consumption) * 333);
  const rests = createRests(onWake);

  while (!signal.aborted) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const free = concurrency - running.size;
    const messages = free > 0 ? await receive(consumption, free).catch(() => []) : [];
    for (const received of messages) {
      const work = attend(handle, received, { ...consumption, rests }).finally(() => {
        running.delete(received.id);
        wake();
      });
      running.set(received.id, work);
    }
    if (messages.length > 0 && messages.length === free) continue;
    await Promise.race([woken, pause(listening() ? POLL_MS : POLL_DEAF_MS, woken)]);
    // What ends together makes room together: one look for all of it.
    await nextTurn();
    if (running.size >= MANY && running.size > concurrency * 0.75) await sleep(TOGETHER_MS);
  }
  endRing();
  rests.end();
  signal.removeEventListener("abort", onWake);
  await Promise.all(running.values());
  clearInterval(extending);
}

type Attendance = Pick<Consumption, "endings" | "signal" | "ring"> & { readonly rests: Rests };

async function attend(handle: (message: Message) => Promise<void>, received: Received, { endings, signal, ring, rests }: Attendance): Promise<void> {
  const { id, output_id: outputId, attempt, receives } = received;
  // It came while we were leaving: somebody else has it at once.
  if (signal.aborted) return endings.rest.add({ id, seconds: 0, rests: ring });
  // Those who had it never said what became of it.
  if (receives > RECEIVES_MAX) return endings.setAside.add(id);
  try {
    await handle({ outputId, attempt });
    endings.done.add(id);
  } catch {
    if (receives === RECEIVES_MAX) return endings.setAside.add(id);
    const seconds = restSeconds(receives);
    endings.rest.add({ id, seconds, rests: () => rests.add(seconds) });
  }
}

interface Rests {
  /** Something may be taken again after so many seconds. */
  add(seconds: number): void;
  end(): void;
}

function createRests(wake: () => void): Rests {
  const timers = new Set<NodeJS.Timeout>();
  let ended = false;
  return {
    add(seconds) {
      if (ended) return;
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          wake();
        },
        seconds * 1000 + AFTER_REST_MS,
      );
      timers.add(timer);
    },
    end() {
      ended = true;
      timers.forEach((timer) => clearTimeout(timer));
    },
  };
}

/** A timer that does not outlive what it waits beside. */
function pause(ms: number, until: Promise<void>): Promise<void> {
  const timer = new AbortController();
  void until.then(() => timer.abort());
  return sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined);
}

const visibilityOf = ({ visibilitySeconds = VISIBILITY_SECONDS }: Pick<Consumption, "visibilitySeconds">): number => visibilitySeconds;

async function receive(consumption: Consumption, limit: number): Promise<readonly Received[]> {
  return ask(consumption, { name: "queue.receive", text: RECEIVE, values: [limit, visibilityOf(consumption)] });
}

async function extend(consumption: Consumption, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await ask(consumption, { name: "queue.extend", text: EXTEND, values: [ids, visibilityOf(consumption)] });
}

const RECEIVE = `update queue_messages set visible_at = clock_timestamp() + make_interval(secs => $2), receives = receives + 1
  where id in (select id from queue_messages where visible_at <= clock_timestamp() order by id limit $1 for update skip locked)
  returning id::text, output_id, attempt, receives`;

const EXTEND = `update queue_messages set visible_at = clock_timestamp() + make_interval(secs => $2) where id = any($1::bigint[])`;
