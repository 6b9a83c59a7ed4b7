import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";
import type { Log } from "../ports/index.ts";

export interface LimitState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/**
 * Fixed windows of one minute, shared by all processes through Postgres. A hit is counted in this process at once and
 * costs no round trip: what was counted here is added to the table, and what others counted is read back, twice a second
 * in one statement: of those callers who have used a twentieth of their limit here since the last time, as most never do.
 * So each further process may let through a twentieth more, or what it takes in half a second, and a limit goes on within
 * the process while the database is away.
 */
export interface Limiter {
  hit(key: string, limit: number): LimitState;
  close(): Promise<void>;
}

const WINDOW_MS = 60_000;
const SYNC_MS = 500;
const SHARE_KEPT = 1 / 20;

interface Counter {
  window: number;
  limit: number;
  /** Counted by others, as of the last look. */
  elsewhere: number;
  here: number;
  unsaved: number;
}

export function createLimiter({ db, log, nowMs = Date.now }: { db: Runner; log: Log; nowMs?: () => number }): Limiter {
  const counters = new Map<string, Counter>();
  let syncing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  let down = false;

  async function sync(): Promise<void> {
    const window = Math.floor(nowMs() / WINDOW_MS);
    const due: [string, Counter, number][] = [];
    for (const [key, counter] of counters) {
      if (counter.window < window) counters.delete(key);
      else if (counter.unsaved > 0 && counter.unsaved >= counter.limit * SHARE_KEPT) due.push([key, counter, counter.unsaved]);
    }
    if (due.length === 0) return;
    for (const [, counter] of due) counter.unsaved = 0;
    try {
      const keys = due.map(([key]) => key);
      const rows = await db.rows(addHits, [keys, due.map(([, { window: at }]) => new Date(at * WINDOW_MS)), due.map(([, , hits]) => hits)]);
      const totals = new Map(rows.map((row) => [row.key, row.hits]));
      for (const [key, counter] of due) counter.elsewhere = Math.max(0, (totals.get(key) ?? 0) - (counter.here - counter.unsaved));
      down = false;
    } catch (error) {
      for (const [, counter, hits] of due) counter.unsaved += hits;
      if (!down) log.warn("limits.sync_failed", { error });
      down = true;
    }
  }

  // Only while somebody is counted: an idle process is not woken.
  function syncSoon(): void {
    timer ??= setTimeout(() => {
      syncing = sync().finally(() => {
        timer = null;
        if (counters.size > 0) syncSoon();
      });
    }, SYNC_MS).unref();
  }

  return {
    hit(key, limit) {
      const now = nowMs();
      const window = Math.floor(now / WINDOW_MS);
      let counter = counters.get(key);
      if (!counter || counter.window !== window) counters.set(key, (counter = { window, limit, elsewhere: 0, here: 0, unsaved: 0 }));
      const resetSeconds = Math.ceil(((window + 1) * WINDOW_MS - now) / 1000);
      const used = counter.elsewhere + counter.here;
      if (used >= limit) return { allowed: false, limit, remaining: 0, resetSeconds };
      counter.here += 1;
      syncSoon();
      counter.unsaved += 1;
      return { allowed: true, limit, remaining: limit - used - 1, resetSeconds };
    },
    async close() {
      await syncing;
      if (timer) clearTimeout(timer);
    },
  };
}

const addHits = statement(
  "limits.add_hits",
  z.object({ key: z.string(), hits: z.number() }),
  `insert into rate_windows (key, window_start, hits)
   select key, window_start, hits from unnest($1::text[], $2::timestamptz[], $3::bigint[]) as counted (key, window_start, hits) order by key
   on conflict (key, window_start) do update set hits = rate_windows.hits + excluded.hits
   returning key, hits`,
);
