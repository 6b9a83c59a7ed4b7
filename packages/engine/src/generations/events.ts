import { z } from "zod";
import { eventTypes } from "@cooly/contract";
import { statement, type Doorbell, type Runner } from "../db/index.ts";
import type { Log } from "../ports/index.ts";
import { findGenerations, type GenerationRow } from "./read.ts";

const StoredEvent = z.object({
  account_id: z.string(),
  seq: z.number(),
  type: z.enum(eventTypes),
  generation_id: z.string().nullable(),
  output_id: z.string().nullable(),
  output_index: z.number().nullable(),
  progress: z.number().nullable(),
  available: z.number().nullable(),
  held: z.number().nullable(),
  created_at: z.date(),
});
export type StoredEvent = z.infer<typeof StoredEvent>;

/** An event and, where its type tells about one, the generation as it is now (null once it was deleted). */
export interface LiveEvent extends StoredEvent {
  readonly generation: GenerationRow | null;
}

export interface Subscription {
  readonly accountId: string;
  /** Everything after this id; null: from now on. */
  readonly after: number | null;
  /** In order, without a gap. */
  readonly onEvents: (events: readonly LiveEvent[]) => void;
}

/**
 * Hands the event log to any number of listeners. However many there are, a ring costs one read of the log, at most one of
 * generations, and a walk over the listeners of those accounts that have news. Since ids are counted under each account's lock, an id is never seen before a smaller one.
 */
export interface EventHub {
  /** Resolves once the subscription is in place; the function ends it. */
  subscribe(subscription: Subscription): Promise<() => void>;
  close(): Promise<void>;
}

const PAGE = 1_000;
const POLL_MS = 5_000;
const POLL_DEAF_MS = 500;
const telling = new Set(["generation.queued", "generation.output", "generation.succeeded", "generation.failed", "generation.canceled"]);

interface Listener {
  cursor: number;
  readonly onEvents: Subscription["onEvents"];
}

/** An account that is listened to. */
interface Followed {
  readonly listeners: Set<Listener>;
  /** None of its listeners has seen less. */
  cursor: number;
}

export function createEventHub({ db, doorbell, log }: { db: Runner; doorbell: Doorbell; log: Log }): EventHub {
  const accounts = new Map<string, Followed>();
  let looks = 0;
  let again = false;
  let reading: Promise<void> | null = null;
  let closed = false;

  /** Whether there may be more to read at once: only where a page was full. */
  async function readOnce(): Promise<boolean> {
    if (accounts.size === 0) return false;
    const asked = new Map([...accounts].map(([accountId, { cursor }]) => [accountId, cursor]));
    const events = await db.rows(readAfter, [[...asked.keys()], [...asked.values()], PAGE]);
    const byAccount = Map.groupBy(await withGenerations(db, events), ({ account_id }) => account_id);
    let more = false;
    for (const [accountId, live] of byAccount) {
      more ||= live.length === PAGE;
      const followed = accounts.get(accountId);
      if (followed) hand(followed, asked.get(accountId)!, live);
    }
    return more;
  }

  async function readAll(): Promise<void> {
    do {
      again = false;
      while (!closed && (await readOnce()));
    } while (again && !closed);
  }

  function read(): void {
    looks += 1;
    again = true;
    if (reading || closed || accounts.size === 0) return;
    reading = readAll()
      .catch((error: unknown) => {
        again = false;
        log.warn("events.read_failed", { error });
      })
      .finally(() => {
        reading = null;
        // A ring between the last look and now found us still reading.
        if (again) read();
      });
  }

  const endRing = doorbell.onRing("events", read);
  let timer = setTimeout(function poll() {
    read();
    timer = setTimeout(poll, doorbell.listening() ? POLL_MS : POLL_DEAF_MS).unref();
  }, POLL_MS).unref();

  return {
    async subscribe({ accountId, after, onEvents }) {
      const looked = looks;
      // An id that was never given out, as of another account, means: from now on.
      const { seq } = await db.one(newest, [accountId]);
      const listener: Listener = { cursor: Math.min(after ?? seq, seq), onEvents };
      join(accounts, accountId, listener);
      // Who wants the past is read for; so is who may have missed a ring since its newest id was looked up.
      if (listener.cursor < seq || looks !== looked) read();
      return () => leave(accounts, accountId, listener);
    },
    async close() {
      closed = true;
      endRing();
      clearTimeout(timer);
      await reading;
    },
  };
}

function join(accounts: Map<string, Followed>, accountId: string, listener: Listener): void {
  const followed = accounts.get(accountId);
  if (!followed) return void accounts.set(accountId, { listeners: new Set([listener]), cursor: listener.cursor });
  followed.listeners.add(listener);
  followed.cursor = Math.min(followed.cursor, listener.cursor);
}

function leave(accounts: Map<string, Followed>, accountId: string, listener: Listener): void {
  const followed = accounts.get(accountId);
  if (followed?.listeners.delete(listener) && followed.listeners.size === 0) accounts.delete(accountId);
}

/** `asked`: `live` is all there was after it, or the first page. */
function hand(followed: Followed, asked: number, live: readonly LiveEvent[]): void {
  const newest = live.at(-1)!.seq;
  for (const listener of followed.listeners) {
    // Who came while we read, and asks for more than was read, is next: it has us look again.
    if (listener.cursor < asked || listener.cursor >= newest) continue;
    const { cursor } = listener;
    listener.cursor = newest;
    listener.onEvents(cursor === asked ? live : live.filter(({ seq }) => seq > cursor));
  }
  followed.cursor = Math.min(...Array.from(followed.listeners, ({ cursor }) => cursor));
}

async function withGenerations(db: Runner, events: readonly StoredEvent[]): Promise<LiveEvent[]> {
  const wanted = new Set(events.filter(({ type }) => telling.has(type)).map(({ generation_id }) => generation_id!));
  const generations = wanted.size === 0 ? [] : await findGenerations(db, [...wanted]);
  const byId = new Map(generations.map((generation) => [generation.id, generation]));
  return events.map((event) => ({ ...event, generation: telling.has(event.type) ? (byId.get(event.generation_id!) ?? null) : null }));
}

/** The id just before the first event of a generation: where its own stream begins. */
export async function startOfGeneration(db: Runner, generationId: string): Promise<number> {
  return ((await db.maybe(firstOf, [generationId]))?.seq ?? 1) - 1;
}

const columns = "account_id, seq, type, generation_id, output_id, output_index, progress, available, held, created_at";

const readAfter = statement(
  "events.read_after",
  StoredEvent,
  `select e.* from unnest($1::uuid[], $2::bigint[]) as c (account_id, seq),
     lateral (select ${columns} from events where account_id = c.account_id and seq > c.seq order by seq limit $3) e`,
);

const newest = statement("events.newest", z.object({ seq: z.number() }), `select event_seq as seq from accounts where id = $1`);

const firstOf = statement("events.first_of", z.object({ seq: z.number() }), `select seq from events where generation_id = $1 order by seq limit 1`);
