import { setTimeout as sleep } from "node:timers/promises";
import type { Advance, Doorbell } from "@cooly/engine";
import type { Queue } from "@cooly/engine/ports";
import { runPaced, type Paced, type Role } from "../role.ts";
import { keepLooking } from "../looks.ts";

export interface GenWorkerParts extends Paced {
  readonly advance: Advance;
  readonly queue: Queue;
  readonly doorbell: Doorbell;
  readonly concurrency: number;
}

const HEARTBEAT_SECONDS = 2;
const DRAIN_MS = 5_000;

/** Takes messages, keeps leases alive and looks at what runs elsewhere. */
export function createGenWorker(parts: GenWorkerParts): Role {
  const { advance, queue, doorbell, log, concurrency } = parts;
  return {
    name: "gen-worker",
    async run(signal) {
      const done = new AbortController();
      const endRing = doorbell.onRing("cancel", () => void advance.beat().catch((error: unknown) => log.warn("gen-worker.beat_failed", { error })));
      const beside = [runPaced({ name: "gen-worker.heartbeat", everySeconds: HEARTBEAT_SECONDS, pass: quietly(() => advance.beat()) }, parts, done.signal)];
      const working = Promise.all([
        queue.consume((message) => advance.handle(message), { concurrency, signal }),
        keepLooking({ name: "gen-worker.look", bell: "looks", take: (limit) => advance.look(limit) }, parts, signal),
      ]);
      await aborted(signal);
      // What ends soon may end; what takes longer goes back for somebody else.
      const finished = await Promise.race([working.then(() => true), sleep(DRAIN_MS, false)]);
      if (!finished) advance.handBack();
      await working;
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
