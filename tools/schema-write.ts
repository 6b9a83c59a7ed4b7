/** Writes packages/engine/schema.sql from a database of its own, which lives as long as this takes. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../apps/server/src/compose/embedded-postgres.ts";
import { migrate } from "../packages/engine/src/db/migrate.ts";
import { dumpSchema } from "./schema-dump.ts";

export async function writeSchema(file: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "cooly-schema-"));
  const server = await startEmbeddedPostgres({ home, durable: false });
  try {
    await migrate({ connectionString: server.url });
    const client = new pg.Client(server.url);
    await client.connect();
    await writeFile(file, await dumpSchema(client).finally(() => client.end()));
  } finally {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}
