import { setTimeout as sleep } from "node:timers/promises";
import { relayBatch, type Database, type Doorbell } from "@cooly/engine";
import type { Log, Queue } from "@cooly/engine/ports";
import type { Role } from "../role.ts";

const BATCH_MAX = 250;
const POLL_SECONDS = 15;
const POLL_DEAF_SECONDS = 0.5;

/** Moves accepted work to the queue: on a ring, when a delayed row is due, and now and then in any case. */
export function createOutboxRelay({ db, queue, doorbell, log }: { db: Database; queue: Queue; doorbell: Doorbell; log: Log }): Role {
  return {
    name: "outbox-relay",
    async run(signal) {
      let wake = (): void => undefined;
      const endRing = doorbell.onRing("outbox", () => wake());
      while (!signal.aborted) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const pause = await relayBatch(db, queue, BATCH_MAX).then(
          ({ moved, nextSeconds }) => {
            if (moved > 0) log.debug("outbox-relay.moved", { moved });
            if (moved === BATCH_MAX) return 0;
            return Math.min(nextSeconds ?? Infinity, doorbell.listening() ? POLL_SECONDS : POLL_DEAF_SECONDS);
          },
          (error: unknown) => {
            log.error("outbox-relay.pass_failed", { error });
            return 1;
          },
        );
        if (pause === 0) continue;
        const timer = new AbortController();
        const ends = AbortSignal.any([timer.signal, signal]);
        await Promise.race([woken, sleep(Math.max(5, pause * 1000), undefined, { signal: ends }).catch(() => undefined)]);
        timer.abort();
      }
      endRing();
    },
  };
}
