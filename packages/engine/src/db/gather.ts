/**
 * Gathers the calls of one event-loop turn into one call of `run`. An idle system waits for nothing; a busy one pays one
 * round trip and one commit for many. `run` answers in the order of its items. If it throws, its items are tried one by
 * one, so that a bad one fails alone.
 */
export function gather<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  options: { readonly max: number; readonly inFlight: number },
): (item: Item) => Promise<Result> {
  interface Waiting {
    readonly item: Item;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let running = 0;
  let scheduled = false;

  async function attempt(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error(`gather: ${batch.length} items, ${results.length} results`);
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      else for (const one of batch) await attempt([one]);
    }
  }

  function flush(): void {
    scheduled = false;
    while (waiting.length > 0 && running < options.inFlight) {
      const batch = waiting.slice(0, options.max);
      waiting = waiting.slice(options.max);
      running += 1;
      void attempt(batch).finally(() => {
        running -= 1;
        flush();
      });
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    });
}
