import type { Database, Doorbell } from "@cooly/engine";
import type { Queue } from "@cooly/engine/ports";
import type { Broker } from "./side.ts";

/** Our queue on that broker; on PostgreSQL where there is none. Loaded when it is wanted, as the product does. */
export async function openQueue(broker: Broker | undefined, parts: { db: Database; doorbell: Doorbell } | null): Promise<Queue> {
  if (broker?.driver === "bullmq") {
    const { createBullmqQueue } = await import("@cooly/drivers/queue/bullmq");
    return createBullmqQueue({ url: broker.url, prefix: broker.prefix });
  }
  if (broker?.driver === "sqs") {
    const { createSqsQueue } = await import("@cooly/drivers/queue/sqs");
    const { url, setAsideUrl, endpoint } = broker;
    return createSqsQueue({ url, setAsideUrl, endpoint, region: "us-east-1", credentials: { accessKeyId: "bench", secretAccessKey: "bench" } });
  }
  const { createPostgresQueue } = await import("@cooly/drivers/queue/postgres");
  const { db, doorbell } = parts!;
  return createPostgresQueue({
    pool: db.pool,
    ring: () => doorbell.ring("queue"),
    onRing: (listener) => doorbell.onRing("queue", listener),
    listening: () => doorbell.listening(),
  });
}
