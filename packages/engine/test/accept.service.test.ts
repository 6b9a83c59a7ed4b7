import { afterAll, beforeAll, expect, test } from "vitest";
import { readBalance } from "../src/ledger/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, tally, times, type World } from "./fixture.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test("twenty requests of 75 against 500 credits are accepted exactly six times", async () => {
  const accountId = await world.accountWith([100, 100, 100, 100, 100]);
  const outcomes = await Promise.all(times(20).map(() => world.submit({ accountId, credits: 75 })));
  expect(tally(outcomes.map(({ outcome }) => outcome))).toEqual({ accepted: 6, insufficient: 14 });
  expect(await readBalance(world.db, accountId)).toMatchObject({ available: 50, held: 450 });
});

test("a hundred requests with one key make one generation", async () => {
  const accountId = await world.accountWith([1000]);
  const outcomes = await Promise.all(times(100).map(() => world.submit({ accountId, credits: 5, idempotencyKey: "once" })));
  expect(tally(outcomes.map(({ outcome }) => outcome))).toEqual({ accepted: 1, replayed: 99 });
  expect(new Set(outcomes.map((outcome) => (outcome as { generationId: string }).generationId)).size).toBe(1);
  expect(await readBalance(world.db, accountId)).toMatchObject({ available: 995, held: 5 });
});

test("the same key with another request is refused, and another account's key is its own", async () => {
  const [mine, yours] = [await world.accountWith([100]), await world.accountWith([100])];
  expect(await world.submit({ accountId: mine, idempotencyKey: "k", request: { a: 1, b: 2 } })).toMatchObject({ outcome: "accepted" });
  expect(await world.submit({ accountId: mine, idempotencyKey: "k", request: { b: 2, a: 1 } })).toMatchObject({ outcome: "replayed" });
  expect(await world.submit({ accountId: mine, idempotencyKey: "k", request: { a: 2 } })).toEqual({ outcome: "mismatch" });
  expect(await world.submit({ accountId: yours, idempotencyKey: "k", request: { a: 2 } })).toMatchObject({ outcome: "accepted" });
});

test("credits that expire first are held first, and expired credits are not spendable before they are swept", async () => {
  const soon = new Date(Date.now() + 3_600_000);
  const accountId = await world.accountWith([10, { credits: 10, expiresAt: soon }, { credits: 50, expiresAt: new Date(Date.now() - 1000) }]);
  expect(await world.submit({ accountId, credits: 15 })).toMatchObject({ outcome: "accepted" });
  const { available, lots } = await readBalance(world.db, accountId);
  expect(available).toBe(5);
  expect(lots.map(({ held, remaining }) => ({ held, remaining }))).toEqual([
    { held: 10, remaining: 0 },
    { held: 5, remaining: 5 },
  ]);
  expect(await world.submit({ accountId, credits: 6 })).toEqual({ outcome: "insufficient", needed: 6, available: 5 });
});

test("a refused request writes nothing", async () => {
  const accountId = await world.accountWith([1]);
  const tables = ["generations", "outputs", "work", "outbox", "transfers", "events", "idempotency_keys"];
  const before = await Promise.all(tables.map((table) => world.count(table)));
  expect(await world.submit({ accountId, credits: 2, idempotencyKey: "poor" })).toMatchObject({ outcome: "insufficient" });
  expect(await Promise.all(tables.map((table) => world.count(table)))).toEqual(before);
});

test("requests of one turn share one statement", async () => {
  const accountId = await world.accountWith([1000]);
  const before = world.db.statements();
  await Promise.all(times(60).map(() => world.submit({ accountId })));
  expect(world.db.statements() - before).toBeLessThanOrEqual(2);
});

test("the books are in order", async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
});
