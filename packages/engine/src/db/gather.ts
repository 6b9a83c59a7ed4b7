import { setTimeout as sleep } from "node:timers/promises";
import { isOutage, wasNeverAsked } from "./outage.ts";

export interface GatherOptions {
  readonly max: number;
  readonly inFlight: number;
  /** How long a batch is tried again while the database is away. `run` must bear to be called again with the same items. */
  readonly patienceMs: number;
  /** Whether more is about to come: then a call that could begin at once waits a moment for it. Default: never. */
  readonly busy?: () => boolean;
}

const PAUSE_FIRST_MS = 25;
const PAUSE_MAX_MS = 500;
const LATE_MS = 20;

/**
 * Gathers the calls of one event-loop turn into one call of `run`. An idle system waits for nothing; a busy one pays one
 * round trip and one commit for many: who comes while a call is under way waits for the next. `run` answers in the order of
 * its items. While the database is away the whole batch waits; if the database refuses it, its items are tried one by one,
 * so that a bad one fails alone.
 */
export function gather<Item, Result>(run: (items: readonly Item[]) => Promise<readonly Result[]>, options: GatherOptions): (item: Item) => Promise<Result> {
  interface Waiting {
    readonly item: Item;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }
  // A call costs more than an item: beside one that is under way another is worth it for many, or when that one hangs.
  const enough = Math.ceil(options.max / 4);
  let waiting: Waiting[] = [];
  let running = 0;
  let scheduled = false;
  let timer: NodeJS.Timeout | null = null;

  async function attempt(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await patiently(() => run(batch.map(({ item }) => item)), options.patienceMs);
      if (results.length !== batch.length) throw new Error(`gather: ${batch.length} items, ${results.length} results`);
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      if (batch.length === 1 || isOutage(error)) for (const { reject } of batch) reject(error);
      else for (const one of batch) await attempt([one]);
    }
  }

  function begin(): void {
    const batch = waiting.slice(0, options.max);
    waiting = waiting.slice(options.max);
    running += 1;
    void attempt(batch).finally(() => {
      running -= 1;
      flush();
    });
  }

  function flush(late = false): void {
    scheduled = false;
    const isWorthIt = (): boolean => late || waiting.length >= enough || (running === 0 && !options.busy?.());
    while (waiting.length > 0 && running < options.inFlight && isWorthIt()) begin();
    if (waiting.length === 0 || running >= options.inFlight) return;
    timer ??= setTimeout(() => {
      timer = null;
      flush(true);
    }, LATE_MS);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => flush());
    });
}

/**
 * Tries again while the database is away, until `patienceMs` have passed. If any of the tries may have reached it, that is
 * what the last error says too: a refused connection after a lost answer proves nothing.
 */
async function patiently<Result>(act: () => Promise<Result>, patienceMs: number): Promise<Result> {
  const deadlineMs = performance.now() + patienceMs;
  let unsure: unknown = null;
  for (let pauseMs = PAUSE_FIRST_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2)) {
    try {
      return await act();
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!wasNeverAsked(error)) unsure ??= error;
      if (performance.now() + pauseMs > deadlineMs) throw unsure ?? error;
      await sleep(pauseMs);
    }
  }
}
