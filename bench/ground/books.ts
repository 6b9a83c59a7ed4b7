/** The oracle over every database of ours, at the end of a run. */
import { openDatabase, sweepOverdue, verifyBooks } from "@cooly/engine";
import type { Ground } from "./ground.ts";

export interface Books {
  readonly databases: number;
  /** Empty when all is well. */
  readonly broken: readonly string[];
}

export async function verifyAll(ground: Ground): Promise<Books> {
  const broken: string[] = [];
  for (const name of ground.ours()) {
    const db = openDatabase({ connectionString: ground.urlOf(name), max: 1, applicationName: "cooly-bench" });
    try {
      // A million rows are read more than once.
      await db.pool.query("set statement_timeout = 0");
      // Where no worker ran, what is overdue is announced first, as the session sweeper would.
      while ((await sweepOverdue({ db, doorbell: { ring: () => undefined }, resubmit: new Map() })).reissued > 0);
      const { violations } = await verifyBooks(db);
      broken.push(...violations.map(({ invariant, rule, count }) => `${name}: ${invariant} is broken ${count} times: ${rule}`));
    } finally {
      await db.close();
    }
  }
  return { databases: ground.ours().length, broken };
}
