import pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDoorbell, type Doorbell } from "../src/db/index.ts";
import { freshDatabase } from "../../../test/postgres.ts";
import { quietLog } from "./fixture.ts";

let database: Awaited<ReturnType<typeof freshDatabase>>;
let pool: pg.Pool;
beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function open(): Promise<Doorbell> {
  const doorbell = openDoorbell({ connectionString: database.url, pool, log: quietLog });
  while (!doorbell.listening()) await sleep(5);
  return doorbell;
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 500) throw new Error("it did not come to hold");
    await sleep(10);
  }
}

test("a ring is heard here at once and by others soon, and where there are none the database is told nothing", async () => {
  const spy = new pg.Client(database.url);
  await spy.connect();
  await spy.query("listen cooly_queue");
  let told = 0;
  spy.on("notification", () => (told += 1));
  const first = await open();
  let here = 0;
  first.onRing("queue", () => (here += 1));
  for (let ring = 1; ring <= 3; ring += 1) {
    first.ring("queue");
    await sleep(20);
  }
  expect(here).toBe(3);

  const second = await open();
  let there = 0;
  second.onRing("queue", () => (there += 1));
  expect(told).toBe(0);
  first.ring("queue");
  await until(() => there > 0 && told > 0);
  second.ring("queue");
  await until(() => here >= 5 && told > 1);
  await Promise.all([first.close(), second.close(), spy.end()]);
});
