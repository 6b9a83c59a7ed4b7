import { createRelay, type Database, type Doorbell } from "@cooly/engine";
import type { Queue } from "@cooly/engine/ports";
import type { Paced, Role } from "../role.ts";
import { runWoken } from "../woken.ts";

const BATCH_MAX = 250;
const POLL_SECONDS = { listening: 15, deaf: 0.5 };

/** Moves accepted work to the queue. */
export function createOutboxRelay(parts: Paced & { db: Database; queue: Queue; doorbell: Doorbell }): Role {
  const relay = createRelay(parts.db, parts.queue, BATCH_MAX);
  return {
    name: "outbox-relay",
    async run(signal) {
      await runWoken({ name: "outbox-relay", bell: "outbox", pollSeconds: POLL_SECONDS, pass: (called) => relay.pass(called) }, parts, signal);
    },
  };
}
