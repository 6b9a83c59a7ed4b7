import { setTimeout as sleep } from "node:timers/promises";
import type { Advance, Doorbell } from "@cooly/engine";
import type { Log, Queue } from "@cooly/engine/ports";
import { runPaced, type Role } from "../role.ts";

export interface GenWorkerParts {
  readonly advance: Advance;
  readonly queue: Queue;
  readonly doorbell: Doorbell;
  readonly log: Log;
  readonly concurrency: number;
}

const HEARTBEAT_SECONDS = 2;
const PROGRESS_SECONDS = 0.25;
const LOOK_SECONDS = 1;
const LOOKS_MAX = 100;
const DRAIN_MS = 5_000;

/** Takes messages, keeps leases alive, reports progress and looks at running tasks. */
export function createGenWorker({ advance, queue, doorbell, log, concurrency }: GenWorkerParts): Role {
  return {
    name: "gen-worker",
    async run(signal) {
      const done = new AbortController();
      const endRing = doorbell.onRing("cancel", () => void advance.beat().catch((error: unknown) => log.warn("gen-worker.beat_failed", { error })));
      const beside = [
        runPaced({ name: "gen-worker.heartbeat", everySeconds: HEARTBEAT_SECONDS, pass: quietly(() => advance.beat()) }, log, done.signal),
        runPaced({ name: "gen-worker.progress", everySeconds: PROGRESS_SECONDS, pass: quietly(() => advance.report()) }, log, done.signal),
      ];
      if (advance.looks) {
        beside.push(
          runPaced({ name: "gen-worker.look", everySeconds: LOOK_SECONDS, pass: async () => ({ looked: await advance.look(LOOKS_MAX) }) }, log, signal),
        );
      }
      const consuming = queue.consume((message) => advance.handle(message), { concurrency, signal });
      await aborted(signal);
      // What ends soon may end; what takes longer goes back to the queue for somebody else.
      const finished = await Promise.race([consuming.then(() => true), sleep(DRAIN_MS, false)]);
      if (!finished) advance.handBack();
      await consuming;
      done.abort();
      await Promise.all(beside);
      endRing();
    },
  };
}

const quietly = (act: () => Promise<void>) => async (): Promise<object> => {
  await act();
  return {};
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
