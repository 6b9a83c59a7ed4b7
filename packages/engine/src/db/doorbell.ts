import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../ports/index.ts";

/** What may have new work. Rings carry nothing: who hears one looks into the database. */
export const bells = ["outbox", "queue", "events", "cancel"] as const;
export type Bell = (typeof bells)[number];

/**
 * Wakes others up, in this process at once and in others by NOTIFY on a connection of its own, at most one per bell and
 * 5 ms. Never within a transaction that matters: a notifying commit takes a lock on the whole database. Only an
 * optimisation over polling: a lost ring delays, and breaks nothing.
 */
export interface Doorbell {
  ring(bell: Bell): void;
  /** Returns what ends it. */
  onRing(bell: Bell, listener: () => void): () => void;
  /** Whether rings of other processes are heard; false behind a transaction pooler. Then poll faster. */
  listening(): boolean;
  close(): Promise<void>;
}

const COALESCE_MS = 5;
const RECONNECT_MS = 1_000;
const PROOF_MS = 1_000;
const channel = (bell: Bell): string => `cooly_${bell}`;

export interface DoorbellOptions {
  /** A session of its own: not through a transaction pooler. */
  readonly connectionString: string;
  /** Another way to the same database, to prove that LISTEN truly delivers. */
  readonly pool: Pick<pg.Pool, "query">;
  readonly log: Log;
}

export function openDoorbell({ connectionString, pool, log }: DoorbellOptions): Doorbell {
  const listeners = new Map<Bell, Set<() => void>>(bells.map((bell) => [bell, new Set()]));
  const dirty = new Set<Bell>();
  const stop = new AbortController();
  let client: pg.Client | null = null;
  let heard = false;
  let lastSentMs = 0;
  let sending = false;
  let timer: NodeJS.Timeout | null = null;
  let warned = false;

  const wake = (bell: Bell): void => {
    for (const listener of listeners.get(bell)!) listener();
  };

  function send(): void {
    timer = null;
    if (!client || sending || dirty.size === 0) return;
    const names = [...dirty].map(channel);
    dirty.clear();
    lastSentMs = performance.now();
    sending = true;
    const sent = client.query("select pg_notify(name, '') from unnest($1::text[]) as name", [names]);
    // What rang meanwhile goes next: one at a time on this connection.
    void sent
      .catch(() => undefined)
      .finally(() => {
        sending = false;
        if (dirty.size > 0) schedule();
      });
  }

  function schedule(): void {
    timer ??= setTimeout(send, Math.max(0, COALESCE_MS - (performance.now() - lastSentMs)));
  }

  async function connect(): Promise<void> {
    const fresh = new pg.Client({ connectionString, application_name: "cooly-doorbell", connectionTimeoutMillis: 5_000, keepAlive: true });
    const ended = new Promise<void>((resolve) => fresh.once("end", () => resolve()));
    fresh.on("error", () => undefined);
    await fresh.connect();
    // A notifying commit is written to the log like any other, and a lost ring breaks nothing: nobody waits for the disk.
    await fresh.query("set synchronous_commit = off");
    const proof = `cooly_proof_${randomBytes(8).toString("hex")}`;
    const proven = new Promise<true>((resolve) => fresh.on("notification", (note) => (note.channel === proof ? resolve(true) : hear(note.channel))));
    await fresh.query(`listen ${proof}`);
    for (const bell of bells) await fresh.query(`listen ${channel(bell)}`);
    await pool.query("select pg_notify($1, '')", [proof]);
    heard = await Promise.race([proven, sleep(PROOF_MS, false)]);
    if (!heard && !warned) {
      warned = true;
      log.warn("doorbell.listen_unavailable", { effect: "polling", fix: "set DATABASE_DIRECT_URL to a session connection" });
    }
    if (heard) await fresh.query(`unlisten ${proof}`);
    client = fresh;
    for (const bell of bells) wake(bell);
    await Promise.race([ended, aborted(stop.signal)]);
    client = null;
    heard = false;
    await fresh.end().catch(() => undefined);
  }

  function hear(name: string): void {
    const bell = bells.find((candidate) => channel(candidate) === name);
    if (bell) wake(bell);
  }

  const running = (async () => {
    while (!stop.signal.aborted) {
      await connect().catch((error: unknown) => log.debug("doorbell.connect_failed", { error }));
      await sleep(RECONNECT_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();

  return {
    ring(bell) {
      wake(bell);
      dirty.add(bell);
      schedule();
    },
    onRing(bell, listener) {
      listeners.get(bell)!.add(listener);
      return () => listeners.get(bell)!.delete(listener);
    },
    listening: () => heard,
    async close() {
      stop.abort();
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
