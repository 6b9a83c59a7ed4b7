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
