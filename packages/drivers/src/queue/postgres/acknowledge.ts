import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

const GATHER_MS = 2;

/** Deletes messages that are done with, those of a moment in one statement. A lost one comes again, to an output that has moved on. */
export function createAcknowledger(pool: Pick<pg.Pool, "query">): { acknowledge(id: string): void; flush(): Promise<void> } {
  let done: string[] = [];
  let deleting: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (done.length > 0) {
      await sleep(GATHER_MS);
      const ids = done;
      done = [];
      await pool.query({ name: "queue.ack", text: "delete from queue_messages where id = any($1::bigint[])", values: [ids] }).catch(() => undefined);
    }
    deleting = null;
  }

  return {
    acknowledge(id) {
      done.push(id);
      deleting ??= run();
    },
    flush: async () => deleting ?? undefined,
  };
}
