/** The oracle over every database of ours, at the end of a run. */
import { openDatabase, sweepOverdue, verifyBooks } from "@cooly/engine";
import type { Ground } from "./ground.ts";

const PATIENCE_MS = 600_000;

export interface Books {
  readonly databases: number;
  /** Empty when all is well. */
  readonly broken: readonly string[];
}

/** Two at a time: one core each of the smallest machine that this is for. */
export async function verifyAll(ground: Ground): Promise<Books> {
  const names = [...ground.ours()];
  const broken: string[] = [];
  const verifier = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) broken.push(...(await verifyOne(ground, name)));
  };
  await Promise.all([verifier(), verifier()]);
  return { databases: ground.ours().length, broken };
}

async function verifyOne(ground: Ground, name: string): Promise<string[]> {
  // A million rows are read more than once: the product's patience with a statement is shorter.
  const connectionString = `${ground.urlOf(name)}?statement_timeout=${PATIENCE_MS}&query_timeout=${PATIENCE_MS}`;
  const db = openDatabase({ connectionString, max: 1, applicationName: "cooly-bench" });
  try {
    // Where no worker ran, what is overdue is announced first, as the session sweeper would.
    while ((await sweepOverdue({ db, doorbell: { ring: () => undefined }, resubmit: new Map() })).reissued > 0);
    const { violations } = await verifyBooks(db);
    return violations.map(({ invariant, rule, count }) => `${name}: ${invariant} is broken ${count} times: ${rule}`);
  } finally {
    await db.close();
  }
}
