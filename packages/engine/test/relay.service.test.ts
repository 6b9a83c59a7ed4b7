/** The way from the outbox to the queue while more waits than one batch. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRelay, relayBatch } from "../src/outbox/relay.ts";
import type { Message } from "../src/ports/index.ts";
import { openWorld, type World } from "./fixture.ts";

let world: World;
let published: Message[];
beforeEach(async () => {
  world = await openWorld();
  published = [];
});
afterEach(() => world.close());

const publish = async (messages: readonly Message[]): Promise<void> => void published.push(...messages);
const wait = (count: number, dueInSeconds = 0) =>
  world.db.pool.query(
    "insert into outbox (output_id, attempt, available_at) select gen_random_uuid(), 0, now() + make_interval(secs => $2) from generate_series(1, $1)",
    [count, dueInSeconds],
  );

async function untilNothingIsDue(relay: ReturnType<typeof createRelay>): Promise<number | null> {
  for (;;) {
    const pause = await relay.pass();
    if (pause !== 0) return pause;
  }
}

test("a backlog is moved whole and once, and what has to wait is announced", async () => {
  await wait(95);
  await wait(5, 60);
  const pause = await untilNothingIsDue(createRelay(world.db, { publish }, 10));
  expect(new Set(published.map(({ outputId }) => outputId)).size).toBe(95);
  expect(published).toHaveLength(95);
  expect(await world.count("outbox")).toBe(5);
  expect(pause).toBeGreaterThan(50);
});

test("what commits late, with a number that was passed already, is not left behind", async () => {
  await wait(1);
  const late = await world.db.pool.connect();
  await late.query("begin");
  await late.query("insert into outbox (output_id, attempt) values (gen_random_uuid(), 7)");
  await wait(30);
  const relay = createRelay(world.db, { publish }, 10);
  await relay.pass();
  await late.query("commit");
  late.release();
  await untilNothingIsDue(relay);
  expect(published).toHaveLength(32);
  expect(published.filter(({ attempt }) => attempt === 7)).toHaveLength(1);
});

test("a broker that refuses some batches gets every message in the end", async () => {
  await wait(60);
  let asked = 0;
  const moody = async (messages: readonly Message[]): Promise<void> => {
    asked += 1;
    if (asked % 3 === 0) throw new Error("broker away");
    await publish(messages);
  };
  const relay = createRelay(world.db, { publish: moody }, 10);
  for (let left = 50; left > 0 && (await world.count("outbox")) > 0; left -= 1) await untilNothingIsDue(relay).catch(() => undefined);
  expect(await world.count("outbox")).toBe(0);
  expect(new Set(published.map(({ outputId }) => outputId)).size).toBe(60);
});

test("who only looks now and then asks one question of an empty outbox, and moves what nobody announced", async () => {
  const relay = createRelay(world.db, { publish }, 10);
  const before = world.db.statements();
  expect(await relay.pass(false)).toBeNull();
  expect(world.db.statements() - before).toBe(1);
  await wait(1, 60);
  expect(await relay.pass(false)).toBeGreaterThan(50);
  await wait(3);
  await relay.pass(false);
  expect(published).toHaveLength(3);
});

test("outbox rows stay until the queue has them", async () => {
  await world.submit({ accountId: await world.accountWith([100]), outputs: 3 });
  await expect(relayBatch(world.db, { publish: () => Promise.reject(new Error("broker away")) }, { limit: 10 })).rejects.toThrow("broker away");
  expect(await relayBatch(world.db, { publish }, { limit: 10 })).toMatchObject({ moved: 3 });
  expect(await world.count("outbox")).toBe(0);
  expect(published).toHaveLength(3);
});
