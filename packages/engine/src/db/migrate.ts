import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import pg from "pg";

const FOLDER = new URL("../../migrations/", import.meta.url);
// Any number will do, as long as every process of every version uses the same one.
const LOCK = 7_265_150_131;

export interface MigrateOptions {
  /** A direct connection: advisory locks do not survive a transaction pooler. */
  readonly connectionString: string;
  readonly log?: (line: string) => void;
  /** Default: the migrations of this version. */
  readonly folder?: URL;
}

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/**
 * Brings the schema up to this version: forward only, in order, each in a transaction of its own. Any number of processes
 * may do this at once; one works and the others wait. Throws if a migration that was applied has since been edited, or if
 * the schema has a migration that this version does not know and that is marked as breaking.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const wanted = await readMigrations(options.folder ?? FOLDER);
  const client = new pg.Client({ connectionString: options.connectionString, application_name: "cooly-migrate" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await client.query(`create table if not exists schema_migrations (
      name text primary key, checksum text not null, breaking boolean not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ name: string; checksum: string; breaking: boolean }>("select name, checksum, breaking from schema_migrations");
    refuseUnknown(rows, wanted);
    const done = new Set(rows.map(({ name }) => name));
    const missing = wanted.filter(({ name }) => !done.has(name));
    for (const migration of missing) {
      await apply(client, migration);
      options.log?.(`applied ${migration.name}`);
    }
    return { applied: missing.map(({ name }) => name) };
  } finally {
    await client.end();
  }
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), "utf8");
      return { name: name.replace(/\.sql$/, ""), text, checksum: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

function refuseUnknown(rows: readonly { name: string; checksum: string; breaking: boolean }[], wanted: readonly Migration[]): void {
  for (const row of rows) {
    const known = wanted.find(({ name }) => name === row.name);
    if (known && known.checksum !== row.checksum) {
      throw new Error(`migration ${row.name} was edited after it had been applied; restore its file and add a new migration instead`);
    }
    if (!known && row.breaking) {
      throw new Error(`the database is at ${row.name}, which this version of Cooly does not know and cannot work with; run a newer version`);
    }
  }
}

async function apply(client: pg.Client, { name, text, checksum }: Migration): Promise<void> {
  const inTransaction = !text.startsWith("-- no transaction");
  const breaking = /^-- breaking$/m.test(text);
  try {
    if (inTransaction) await client.query("begin");
    await client.query(text);
    await client.query("insert into schema_migrations (name, checksum, breaking) values ($1, $2, $3)", [name, checksum, breaking]);
    if (inTransaction) await client.query("commit");
  } catch (cause) {
    if (inTransaction) await client.query("rollback");
    throw new Error(`migration ${name} failed: ${(cause as Error).message}`, { cause });
  }
}

/** The migrations of this version that the database does not have yet. */
export async function pendingMigrations(on: Pick<pg.ClientBase, "query">): Promise<string[]> {
  const wanted = await readMigrations(FOLDER);
  const exists = await on.query<{ found: boolean }>("select to_regclass('schema_migrations') is not null as found");
  if (!exists.rows[0]?.found) return wanted.map(({ name }) => name);
  const { rows } = await on.query<{ name: string }>("select name from schema_migrations");
  const done = new Set(rows.map(({ name }) => name));
  return wanted.filter(({ name }) => !done.has(name)).map(({ name }) => name);
}
