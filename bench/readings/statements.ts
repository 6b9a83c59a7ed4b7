/** Statements as the server saw them, whoever sent them: its own log, read for one database. */
import { stat, open } from "node:fs/promises";
import type { Ground } from "../ground/ground.ts";

const SENT = /^(\S+) LOG: {2}(?:statement|execute [^:]*): (.*)/;

/** From now on new sessions of this database say each of their statements. */
export const logStatements = async ({ admin }: Ground, database: string): Promise<void> =>
  void (await admin.query(`alter database ${database} set log_statement = 'all'`));

export interface StatementCount {
  /** By database. */
  of(database: string): number;
}

/** Counts what is sent while it acts. */
export async function countStatements({ postgresLog }: Ground, act: () => Promise<unknown>): Promise<StatementCount> {
  const from = (await stat(postgresLog)).size;
  await act();
  const file = await open(postgresLog);
  const counts = new Map<string, number>();
  try {
    for await (const line of file.readLines({ start: from })) {
      const database = SENT.exec(line)?.[1];
      if (database) counts.set(database, (counts.get(database) ?? 0) + 1);
    }
  } finally {
    await file.close();
  }
  return { of: (database) => counts.get(database) ?? 0 };
}
