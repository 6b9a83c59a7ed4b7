/** The oracle over every database of ours, at the end of a run. */
import { openDatabase, sweepOverdue, verifyBooks } from "@cooly/engine";
import type { Ground } from "./ground.ts";

const PATIENCE_MS = 600_000;

export interface Books {
  readonly databases: number;
  /** Empty when all is well. */
  readonly broken: readonly string[];
}

export async function verifyAll(ground: Ground): Promise<Books> {
  const broken: string[] = [];
  for (const name of ground.ours()) {
    // A million rows are read more than once: the product's patience with a statement is shorter.
    const connectionString = `${ground.urlOf(name)}?statement_timeout=${PATIENCE_MS}&query_timeout=${PATIENCE_MS}`;
    const db = openDatabase({ connectionString, max: 1, applicationName: "cooly-bench" });
    try {
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
