import { createLossWatch, createRelay, type Database, type Doorbell } from "@cooly/engine";
import type { Queue } from "@cooly/engine/ports";
import { runPaced, type Paced, type Role } from "../role.ts";
import { runWoken } from "../woken.ts";

const BATCH_MAX = 250;
const POLL_SECONDS = { listening: 15, deaf: 0.5 };

const LOOK_SECONDS = 3;

/** Moves accepted work to the queue, and what the queue has lost again. */
export function createOutboxRelay(parts: Paced & { db: Database; queue: Queue; doorbell: Doorbell }): Role {
  const relay = createRelay(parts.db, parts.queue, BATCH_MAX);
  const losses = createLossWatch(parts.db, parts.queue);
  // Where nothing waits, nobody looks until there is new work; what waited before we came is looked for once.
  let waits = true;
  const look = async (): Promise<object> => {
    if (!waits) return {};
    const seen = await losses.look();
    waits = seen.waits || !parts.doorbell.listening();
    if (seen.announced > 0) parts.doorbell.ring("outbox");
    return { announced: seen.announced };
  };
  return {
    name: "outbox-relay",
    async run(signal) {
      const endRing = parts.doorbell.onRing("outbox", () => (waits = true));
      await Promise.all([
        runWoken({ name: "outbox-relay", bell: "outbox", pollSeconds: POLL_SECONDS, pass: (called) => relay.pass(called) }, parts, signal),
        runPaced({ name: "outbox-relay.losses", everySeconds: LOOK_SECONDS, pass: look }, parts, signal),
      ]);
      endRing();
    },
  };
}
