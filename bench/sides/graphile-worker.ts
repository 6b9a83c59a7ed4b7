import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { CONCURRENCY, inBatches, type Side, type SideOptions } from "./side.ts";

const silent = new Logger(() => () => undefined);

/** As its performance page says for throughput: a local queue of one more than the concurrency, and completions in batches. */
export async function openGraphileWorker({ url }: SideOptions): Promise<Side> {
  const preset = {
    worker: {
      connectionString: url,
      logger: silent,
      concurrentJobs: CONCURRENCY,
      maxPoolSize: 10,
      localQueue: { size: CONCURRENCY + 1 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  };
  const utils = await makeWorkerUtils({ preset });
  await utils.migrate();
  return {
    add: async () => void (await utils.addJob("job", {})),
    addMany: (count) => inBatches(count, (size) => utils.addJobs(Array.from({ length: size }, () => ({ identifier: "job", payload: {} })))),
    async work({ started, finished }) {
      const runner = await run({
        preset,
        noHandleSignals: true,
        taskList: {
          job() {
            started();
            finished();
          },
        },
      });
      return { stop: () => runner.stop() };
    },
    async close() {
      await utils.release();
    },
  };
}
