import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../ports/index.ts";

/** What may have new work. Rings carry nothing: who hears one looks into the database. */
export const bells = ["outbox", "queue", "looks", "inbox", "events", "cancel", "models", "circuits"] as const;
export type Bell = (typeof bells)[number];

/**
 * Wakes others up, in this process at once and in others by NOTIFY on a connection of its own, at most one per bell and
 * 5 ms. Never within a transaction that matters: a notifying commit takes a lock on the whole database. Only an
 * optimisation over polling: a lost ring delays, and breaks nothing. Where no other process listens, none is told: whoever
 * comes holds a lock that can be counted, and says so.
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
const LOOK_ROUND_MS = 10_000;
const HELLO = "cooly_hello";
const channel = (bell: Bell): string => `cooly_${bell}`;

export interface DoorbellOptions {
  /** A session of its own: not through a transaction pooler. */
  readonly connectionString: string;
  /** Another way to the same database, to prove that LISTEN truly delivers. */
  readonly pool: Pick<pg.Pool, "query">;
  readonly log: Log;
}

export function openDoorbell(options: DoorbellOptions): Doorbell {
  const listeners = new Map<Bell, Set<() => void>>(bells.map((bell) => [bell, new Set()]));
  const stop = new AbortController();
  let session: Session | null = null;
  const wake = (bell: Bell): void => {
    for (const listener of listeners.get(bell)!) listener();
  };
  const sender = createSender(() => session);

  const onSession = (fresh: Session | null): void => {
    session = fresh;
    // What was rung while nobody listened is looked for now.
    if (fresh) bells.forEach(wake);
  };
  const running = keepListening(options, { wake, onSession }, stop.signal);

  return {
    ring(bell) {
      wake(bell);
      sender.send(bell);
    },
    onRing(bell, listener) {
      listeners.get(bell)!.add(listener);
      return () => listeners.get(bell)!.delete(listener);
    },
    listening: () => session?.heard ?? false,
    async close() {
      stop.abort();
      sender.close();
      await running;
    },
  };
}

/** A connection that listens; `heard`: whether it was proven to hear. */
interface Session {
  readonly client: pg.Client;
  heard: boolean;
  /** Nobody else listens, as far as we have heard. */
  alone: boolean;
  lookedMs: number;
}

/** A newcomer's hello comes after its lock, and to us after the answer that did not count it. */
async function lookRound(session: Session): Promise<void> {
  session.lookedMs = performance.now();
  const { rows } = await session.client.query<{ listeners: number }>({ name: "doorbell.listeners", text: LISTENERS });
  session.alone = session.heard && rows[0]!.listeners === 1;
}

const LOCK = 0x636f6f6c;
const LISTENERS = `select count(*)::int as listeners from pg_locks
  where locktype = 'advisory' and classid = ${LOCK} and objid = 1 and granted and database = (select oid from pg_database where datname = current_database())`;

/** Rings other processes: each bell at most once in 5 ms, and one ring at a time. */
function createSender(session: () => Session | null): { send(bell: Bell): void; close(): void } {
  const dirty = new Set<Bell>();
  let lastSentMs = 0;
  let sending = false;
  let timer: NodeJS.Timeout | null = null;

  async function flush(): Promise<void> {
    timer = null;
    const to = session();
    // Kept for the next ring; others poll until then.
    if (!to || sending) return;
    const names = [...dirty].map(channel);
    dirty.clear();
    if (to.alone) return;
    sending = true;
    lastSentMs = performance.now();
    try {
      await to.client.query({ name: "doorbell.ring", text: "select pg_notify(name, '') from unnest($1::text[]) as name", values: [names] });
      if (lastSentMs - to.lookedMs > LOOK_ROUND_MS) await lookRound(to);
    } catch {
      // Its end is noticed where it listens.
    }
    sending = false;
    if (dirty.size > 0) schedule();
  }

  function schedule(): void {
    timer ??= setTimeout(() => void flush(), Math.max(0, COALESCE_MS - (performance.now() - lastSentMs)));
  }

  return {
    send(bell) {
      if (session()?.alone) return;
      dirty.add(bell);
      schedule();
    },
    close() {
      if (timer) clearTimeout(timer);
    },
  };
}

interface Hearing {
  wake(bell: Bell): void;
  onSession(session: Session | null): void;
}

async function keepListening(options: DoorbellOptions, hearing: Hearing, signal: AbortSignal): Promise<void> {
  let warned = false;
  while (!signal.aborted) {
    await listen(options, hearing, {
      signal,
      onDeaf() {
        if (!warned) options.log.warn("doorbell.listen_unavailable", { effect: "polling", fix: "set DATABASE_DIRECT_URL to a session connection" });
        warned = true;
      },
    }).catch((error: unknown) => options.log.debug("doorbell.connect_failed", { error }));
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Listens for as long as the connection lasts. */
async function listen(
  { connectionString, pool }: DoorbellOptions,
  { wake, onSession }: Hearing,
  { signal, onDeaf }: { signal: AbortSignal; onDeaf: () => void },
): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: "cooly-doorbell", connectionTimeoutMillis: 5_000, keepAlive: true });
  const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
  client.on("error", () => undefined);
  try {
    await client.connect();
    // A notifying commit is written to the log like any other, and a lost ring breaks nothing: nobody waits for the disk.
    await client.query("set synchronous_commit = off");
    const proof = `cooly_proof_${randomBytes(8).toString("hex")}`;
    const proven = Promise.withResolvers<true>();
    const session: Session = { client, heard: false, alone: false, lookedMs: 0 };
    client.on("notification", (note) => {
      if (note.channel === HELLO) session.alone = false;
      const bell = bells.find((candidate) => channel(candidate) === note.channel);
      if (bell) wake(bell);
      else if (note.channel === proof) proven.resolve(true);
    });
    for (const name of [proof, HELLO, ...bells.map(channel)]) await client.query(`listen ${name}`);
    await pool.query("select pg_notify($1, '')", [proof]);
    session.heard = await Promise.race([proven.promise, sleep(PROOF_MS, false)]);
    if (session.heard) await enter(session, proof);
    else onDeaf();
    onSession(session);
    await Promise.race([ended, aborted(signal)]);
  } finally {
    onSession(null);
    await client.end().catch(() => undefined);
  }
}

async function enter(session: Session, proof: string): Promise<void> {
  await session.client.query(`unlisten ${proof}; select pg_advisory_lock_shared(${LOCK}, 1); notify ${HELLO}`);
  await lookRound(session);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
