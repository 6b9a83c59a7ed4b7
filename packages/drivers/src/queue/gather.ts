import { setTimeout as sleep } from "node:timers/promises";

export interface Gathered<Item> {
  add(item: Item): void;
  /** Resolves when nothing is left to do. */
  flush(): Promise<void>;
}

const MOMENT_MS = 2;

/** Does with all that comes within a moment one act. One that fails is dropped: for acts that may be left undone. */
export function createGathered<Item>(act: (items: readonly Item[]) => Promise<unknown>): Gathered<Item> {
  let waiting: Item[] = [];
  let acting: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await sleep(MOMENT_MS);
      const items = waiting;
      waiting = [];
      await act(items).catch(() => undefined);
    }
    acting = null;
  }

  return {
    add(item) {
      waiting.push(item);
      acting ??= run();
    },
    flush: async () => acting ?? undefined,
  };
}
