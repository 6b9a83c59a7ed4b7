import { createPostgresBackend, Queue, runMigrations, withBackend, Worker } from "bullmq";
import { Redis } from "ioredis";
import pg from "pg";
import { CONCURRENCY, inBatches, type Seen, type Side, type SideOptions } from "./side.ts";

// Its manual says to let finished jobs go, so that the tables stay small.
const jobs = { removeOnComplete: true, removeOnFail: true };
const bulk = (size: number) => Array.from({ length: size }, () => ({ name: "job", data: {} }));
const handlerOf =
  ({ started, finished }: Seen) =>
  async (): Promise<void> => {
    started();
    finished();
  };

export async function openBullmqOnRedis({ url }: SideOptions): Promise<Side> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue("job", { connection, defaultJobOptions: jobs });
  await queue.waitUntilReady();
  return {
    add: async () => void (await queue.add("job", {})),
    addMany: (count) => inBatches(count, (size) => queue.addBulk(bulk(size))),
    async work(seen) {
      const worker = new Worker("job", handlerOf(seen), { connection, concurrency: CONCURRENCY });
      worker.on("error", () => undefined);
      await worker.waitUntilReady();
      return { stop: () => worker.close() };
    },
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

export async function openBullmqOnPostgres({ url }: SideOptions): Promise<Side> {
  const client = new pg.Client(url);
  await client.connect();
  await runMigrations(client).finally(() => client.end());
  const postgres = withBackend(createPostgresBackend);
  const connection = { connectionString: url, max: 10 };
  const queue = new postgres.Queue("job", { connection, defaultJobOptions: jobs });
  await queue.waitUntilReady();
  return {
    add: async () => void (await queue.add("job", {})),
    addMany: (count) => inBatches(count, (size) => queue.addBulk(bulk(size))),
    async work(seen) {
      const worker = new postgres.Worker("job", handlerOf(seen), { connection, concurrency: CONCURRENCY });
      worker.on("error", () => undefined);
      await worker.waitUntilReady();
      return { stop: () => worker.close() };
    },
    close: () => queue.close(),
  };
}
