import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { freshDatabase } from "../../../test/postgres.ts";
import { isOutage, openDatabase, statement, type Database } from "../src/db/index.ts";

const whoAmI = statement("test.backend", z.object({ pid: z.number() }), "select pg_backend_pid() as pid");

let home: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
beforeAll(async () => {
  home = await freshDatabase();
  db = openDatabase({ connectionString: home.url, max: 2 });
});
afterAll(async () => {
  await db.close();
  await home.drop();
});

test("a connection that is lost while a transaction waits for something else fails it, and nothing more", async () => {
  // An error that nobody listens to would end this process, and the run with it.
  const lost = db.transaction(async (tx) => {
    const { pid } = await tx.one(whoAmI, []);
    await db.pool.query("select pg_terminate_backend($1)", [pid]);
    await expect.poll(async () => (await db.pool.query("select from pg_stat_activity where pid = $1", [pid])).rowCount).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return tx.one(whoAmI, []);
  });
  await expect(lost).rejects.toThrow(/terminat/i);
  expect(await db.transaction((tx) => tx.one(whoAmI, []))).toHaveProperty("pid");
  expect(isOutage(await lost.catch((error: unknown) => error))).toBe(true);
});

const lockBoth = statement(
  "test.lock_both",
  z.object({ n: z.number() }),
  "update pair set n = n + 1 where id = any($1::int[]) and pg_sleep(0.05) is not null returning n",
);

test("of two that wait for each other, the one that the database ends is asked again", async () => {
  await db.pool.query("create table pair (id int primary key, n int not null default 0)");
  await db.pool.query("insert into pair (id) values (1), (2)");
  const other = await db.pool.connect();
  try {
    await other.query("begin");
    // Whoever looks for deadlocks first is ended.
    await other.query("set local deadlock_timeout = '30s'");
    await other.query("select from pair where id = 2 for update");
    const both = db.rows(lockBoth, [[1, 2]]);
    await expect.poll(async () => (await other.query("select from pg_locks where not granted")).rowCount).toBeGreaterThan(0);
    await other.query("select from pair where id = 1 for update");
    await other.query("commit");
    expect(await both).toEqual([{ n: 1 }, { n: 1 }]);
  } finally {
    other.release(true);
  }
});
