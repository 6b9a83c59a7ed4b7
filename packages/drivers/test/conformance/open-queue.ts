import { createBullmqQueue } from "@cooly/drivers/queue/bullmq";
import { createPostgresQueue } from "@cooly/drivers/queue/postgres";
import { createSqsQueue } from "@cooly/drivers/queue/sqs";
import { openDatabase, openDoorbell } from "@cooly/engine";
import type { Log, Queue } from "@cooly/engine/ports";
import { credentials, REGION } from "../../../../test/servers/sqs.ts";
import type { QueueAddress } from "./ground.ts";

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** `seconds`: how long a message stays with a consumer that says nothing, about. */
export async function openQueue(address: QueueAddress, log: Log = quiet): Promise<Queue> {
  switch (address.driver) {
    case "postgres":
      return openOnPostgres(address, log);
    case "bullmq":
      return createBullmqQueue({ ...address, log, lockSeconds: address.seconds, stalledSeconds: address.seconds });
    case "sqs":
      return createSqsQueue({ ...address, log, region: REGION, credentials, visibilitySeconds: address.seconds });
  }
}

async function openOnPostgres({ url, seconds }: QueueAddress & { driver: "postgres" }, log: Log): Promise<Queue> {
  const db = openDatabase({ connectionString: url, max: 6, onIdleError: () => undefined });
  const doorbell = openDoorbell({ connectionString: url, pool: db.pool, log });
  const queue = createPostgresQueue({
    pool: db.pool,
    ring: () => doorbell.ring("queue"),
    onRing: (listener) => doorbell.onRing("queue", listener),
    listening: () => doorbell.listening(),
    visibilitySeconds: seconds,
  });
  return {
    ...queue,
    async close() {
      await queue.close();
      await doorbell.close();
      await db.close();
    },
  };
}
