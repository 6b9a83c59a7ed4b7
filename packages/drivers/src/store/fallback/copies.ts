import type { Log, ObjectStore } from "@cooly/engine/ports";

const TOGETHER = 2;
// So many may wait; who is read when more do is copied when it is read again.
const WAITING_MAX = 1000;

export interface Copies {
  /** Copies it from the second to the first in the background, once. */
  want(key: string, mime: string): void;
  settled(): Promise<void>;
}

export interface CopiesOptions {
  readonly first: ObjectStore;
  readonly second: ObjectStore;
  readonly log: Log;
}

export function createCopies({ first, second, log }: CopiesOptions): Copies {
  const waiting = new Map<string, string>();
  const underWay = new Map<string, Promise<void>>();
  const failed = new Set<string>();

  async function copy(key: string, mime: string): Promise<void> {
    try {
      const found = await second.open(key);
      if (!found) return;
      const { sizeBytes, body } = found;
      await first.put(key, body, { mime, sizeBytes, maxBytes: sizeBytes }).finally(() => body.destroy());
      // Whoever deleted it meanwhile did not find it here yet.
      if (!(await second.stat(key))) await first.remove([key]);
    } catch (error) {
      failed.add(key);
      log.warn("store.copy_failed", { key, error });
    }
  }

  function begin(): void {
    for (const [key, mime] of waiting) {
      if (underWay.size >= TOGETHER) return;
      waiting.delete(key);
      const copied = copy(key, mime).finally(() => {
        underWay.delete(key);
        begin();
      });
      underWay.set(key, copied);
    }
  }

  return {
    want(key, mime) {
      if (waiting.size >= WAITING_MAX || waiting.has(key) || underWay.has(key) || failed.has(key)) return;
      waiting.set(key, mime);
      begin();
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}
