import type { HitStore, Log } from "../ports/index.ts";

export interface LimitState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/**
 * Fixed windows of one minute, shared by all processes through a store. A hit is counted in this process at once and
 * costs no round trip: what was counted here is added to the store, and what others counted is read back, twice a second
 * and all together: of those callers who have used a twentieth of their limit here since the last time, as most never do.
 * So each further process may let through a twentieth more, or what it takes in half a second, and a limit goes on within
 * the process while the store is away. Where the store's answer was lost, what it counted is counted again.
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

export function createLimiter({ hits, log, nowMs = Date.now }: { hits: HitStore; log: Log; nowMs?: () => number }): Limiter {
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
      const totals = await hits.add(due.map(([key, { window: at }, unsaved]) => ({ key, window: new Date(at * WINDOW_MS), hits: unsaved })));
      due.forEach(([, counter], index) => {
        counter.elsewhere = Math.max(0, totals[index]! - (counter.here - counter.unsaved));
      });
      if (down) log.info("limits.sync_restored");
      down = false;
    } catch (error) {
      for (const [, counter, unsaved] of due) counter.unsaved += unsaved;
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
