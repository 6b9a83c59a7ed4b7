/** Our own queue drivers with a handler that does nothing: what the pipeline could at most do on them. */
import { newUuid } from "@cooly/contract";
import { openDatabase, openDoorbell } from "@cooly/engine";
import { quiet } from "./cooly.ts";
import { openQueue } from "./queue.ts";
import { CONCURRENCY, inBatches, type Side, type SideOptions } from "./side.ts";

export async function openCoolyQueue({ url, broker }: SideOptions): Promise<Side> {
  // Without a database where it is the broker's alone.
  const db = broker ? null : openDatabase({ connectionString: url, max: 10 });
  const doorbell = db && openDoorbell({ connectionString: url, pool: db.pool, log: quiet });
  const queue = await openQueue(broker, db && { db, doorbell: doorbell! });
  const messages = (count: number) => Array.from({ length: count }, () => ({ outputId: newUuid(), attempt: 0 }));
  return {
    add: () => queue.publish(messages(1)),
    addMany: (count) => inBatches(count, (size) => queue.publish(messages(size))),
    async work({ started, finished }) {
      const stopping = new AbortController();
      const handle = async (): Promise<void> => {
        started();
        finished();
      };
      const consuming = queue.consume(handle, { concurrency: CONCURRENCY, signal: stopping.signal });
      return {
        async stop() {
          stopping.abort();
          await consuming;
        },
      };
    },
    async close() {
      await queue.close();
      await doorbell?.close();
      await db?.close();
    },
  };
}
