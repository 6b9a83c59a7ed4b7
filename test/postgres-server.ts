import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../apps/server/src/compose/embedded-postgres.ts";
import { migrate } from "../packages/engine/src/db/migrate.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
    postgresTemplate: string;
  }
}

/** One real server for the whole run, with one migrated template that every test file clones. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), "cooly-test-"));
  const given = process.env["TEST_DATABASE_URL"];
  const server = given ? null : await startEmbeddedPostgres({ home, durable: false });
  const url = given ?? server!.url;
  const template = `cooly_template_${process.pid}`;
  await administer(url, `create database ${template}`);
  await migrate({ connectionString: withDatabase(url, template) });
  project.provide("postgresUrl", url);
  project.provide("postgresTemplate", template);
  return async () => {
    if (server) await server.stop();
    else await administer(url, `drop database if exists ${template}`);
    await rm(home, { recursive: true, force: true });
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
