/** Several processes on one home: whoever comes first starts the database, and whoever leaves last stops it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../apps/server/src/compose/embedded-postgres.ts";
import { essence } from "../../apps/server/src/compose/postgres/cluster.ts";
import { openHouse, type House } from "./house.ts";

let house: House;
const READY = "Ctrl-C stops all of it";

afterEach(() => house.remove());

test("two first starts and a task at the same moment: one server runs, the other says so, the task is done", async () => {
  house = await openHouse();
  const [one, other] = [house.server("up"), house.server("up")];
  const task = house.later(["user", "add", "a@b.co", "--json"]);
  const first = await Promise.any([one.says(READY).then(() => one), other.says(READY).then(() => other)]);
  const second = first === one ? other : one;
  expect(await task).toMatchObject({ status: 0, stderr: "" });
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain("already runs with this data");
  expect(house.database()).not.toBeNull();
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  expect(house.database()).toBeNull();
}, 120_000);

test("the first to come may leave first: the database stops with the last", async () => {
  house = await openHouse();
  const task = await startEmbeddedPostgres({ home: house.home, durable: false });
  const up = await startEmbeddedPostgres({ home: house.home, durable: false });
  expect([task.adopted, up.adopted]).toEqual([false, true]);
  await task.stop();
  expect(house.database()).toBe(up.pid);
  await up.stop();
  expect(house.database()).toBeNull();
});

test("an interrupted initdb is not taken for a database, and what it left is removed", async () => {
  house = await openHouse();
  mkdirSync(join(house.home, "postgres.partial"));
  writeFileSync(join(house.home, "postgres.partial", "PG_VERSION"), "18\n");
  const database = await startEmbeddedPostgres({ home: house.home, durable: false });
  await database.stop();
  expect(readFileSync(join(house.home, "postgres", "PG_VERSION"), "utf8")).toBe("18\n");
});

test("a lost postgres.json costs a password, not the data", async () => {
  house = await openHouse();
  const before = await startEmbeddedPostgres({ home: house.home, durable: false });
  await before.stop();
  writeFileSync(join(house.home, "postgres.json"), "{");
  await expect(startEmbeddedPostgres({ home: house.home, durable: false })).rejects.toThrow(/postgres\.json is damaged/);
  rmSync(join(house.home, "postgres.json"));
  const after = await startEmbeddedPostgres({ home: house.home, durable: false });
  expect(new URL(after.url).password).not.toBe(new URL(before.url).password);
  await after.stop();
});

test("the cluster of another PostgreSQL, and half of one, are left as they are", async () => {
  house = await openHouse();
  const cluster = join(house.home, "postgres");
  mkdirSync(join(cluster, "global"), { recursive: true });
  writeFileSync(join(cluster, "PG_VERSION"), "15\n");
  await expect(startEmbeddedPostgres({ home: house.home, durable: false })).rejects.toThrow(/not a whole database: it lacks global\/pg_control/);
  writeFileSync(join(cluster, "global", "pg_control"), "");
  await expect(startEmbeddedPostgres({ home: house.home, durable: false })).rejects.toThrow(/made by PostgreSQL 15 .* brings PostgreSQL 18/);
  expect(readFileSync(join(cluster, "PG_VERSION"), "utf8")).toBe("15\n");
});

test("a home that cannot be is one sentence", async () => {
  house = await openHouse();
  const file = join(house.home, "file");
  writeFileSync(file, "");
  expect(() => startEmbeddedPostgres({ home: join(file, "home"), durable: false })).toThrow(/is not a folder, or lies below a file: .*COOLY_HOME/);
});

test("what PostgreSQL complains of is told in a line", () => {
  expect(essence("STATEMENT: x\n2026 UTC [1] FATAL:  could not write to file: No space left on device\n")).toMatch(/^its disk is full/);
  expect(essence("LOG:  starting\n2026 UTC [1] FATAL:  lock file exists\nLOG:  shut down\n")).toBe("lock file exists");
});
