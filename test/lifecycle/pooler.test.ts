/** Behind a transaction pooler, with sessions past it: what a managed PostgreSQL offers. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres.ts";
import { openInstallation, type Installation } from "../rig/installation.ts";
import { startPgBouncer, type Pooler } from "../servers/pgbouncer.ts";

let database: Awaited<ReturnType<typeof freshDatabase>>;
let pooler: Pooler;
let installation: Installation;

beforeAll(async () => {
  database = await freshDatabase();
  pooler = await startPgBouncer(database.url, { mode: "transaction" });
  installation = await openInstallation({ databaseUrl: database.url, environment: { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: database.url } });
  await installation.start([["api", "relay", "gen", "capture", "sweeper"]]);
  await installation.welcome(1_000);
}, 120_000);
afterAll(async () => {
  await installation.close();
  await pooler.stop();
  await database.drop();
});

test("through PgBouncer in transaction mode a hundred generations are made and charged once, and nothing of a session is missed", async () => {
  const ids = await installation.order(100);
  await expect.poll(() => installation.unsettled(), { timeout: 60_000 }).toBe(0);
  expect(new Set(ids).size).toBe(100);
  expect((await installation.call("/v1/credits")).body).toMatchObject({ available: 800, held: 0, spent: 200 });
  const verified = await installation.house.later(["verify", "--provider-log", installation.witness, "--json"]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ violations: [] });
  const { rows } = await installation.pool.query<{ direct: number }>(
    "select count(*)::int as direct from pg_stat_activity where datname = current_database() and application_name = 'cooly-doorbell'",
  );
  expect(rows[0]!.direct).toBe(1);
}, 120_000);
