import { PgBoss } from "pg-boss";
import { inBatches, type Side, type SideOptions } from "./side.ts";

const QUEUE = "job";
const FETCH = 100;

/** As its manual says for throughput: batches of jobs, fetched on without a pause while they come full, and NOTIFY to be woken by. */
export async function openPgBoss({ url }: SideOptions): Promise<Side> {
  const boss = new PgBoss({ connectionString: url, max: 10, useListenNotify: true });
  boss.on("error", () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE, { notify: true });
  return {
    add: async () => void (await boss.send(QUEUE, {})),
    addMany: (count) =>
      inBatches(count, (size) =>
        boss.insert(
          QUEUE,
          Array.from({ length: size }, () => ({ data: {} })),
        ),
      ),
    async work({ started, finished }) {
      const id = await boss.work(QUEUE, { batchSize: FETCH, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }, async (jobs) => {
        for (const _job of jobs) {
          started();
          finished();
        }
      });
      return { stop: () => boss.offWork(QUEUE, { id }) };
    },
    close: () => boss.stop({ graceful: false }),
  };
}
