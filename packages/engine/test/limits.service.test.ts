import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHitTable } from "../src/accounts/hits.ts";
import { createLimiter } from "../src/accounts/limits.ts";
import { openWorld, quietLog, times, type World } from "./fixture.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test("two processes share a limit once a twentieth of it is used, and whoever uses less costs the database nothing", async () => {
  const nowMs = (): number => 1_000_000;
  const hits = createHitTable(world.db);
  const [one, other] = [createLimiter({ hits, log: quietLog, nowMs }), createLimiter({ hits, log: quietLog, nowMs })];
  for (const _ of times(4)) one.hit("modest", 100);
  for (const _ of times(60)) one.hit("busy", 100);
  await until(async () => (await world.count("rate_windows")) > 0);
  const { rows } = await world.db.pool.query("select key, hits::int as hits from rate_windows");
  expect(rows).toEqual([{ key: "busy", hits: 60 }]);

  for (const _ of times(5)) expect(other.hit("busy", 100)).toMatchObject({ allowed: true });
  await until(async () => other.hit("busy", 100).remaining < 40);
  const left = times(60).filter(() => other.hit("busy", 100).allowed).length;
  expect(left).toBeLessThan(36);
  await Promise.all([one.close(), other.close()]);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 100) throw new Error("it did not come to hold");
    await sleep(100);
  }
}
