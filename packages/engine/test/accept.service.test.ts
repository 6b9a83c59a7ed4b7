import { afterAll, beforeAll, expect, test } from "vitest";
import { readBalance } from "../src/ledger/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, tally, testModel, times, type World } from "./fixture.ts";

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

test("what a batch writes reads as if its requests had come one after the other", async () => {
  const soon = (days: number): Date => new Date(Date.now() + days * 86_400_000);
  const accountId = await world.accountWith([{ credits: 7, expiresAt: soon(2) }, { credits: 5, expiresAt: soon(1) }, 30]);
  const other = await world.accountWith([10]);
  const prices = [3, 4, 50, 6, 0, 9];
  const before = world.db.statements();
  const free = { ...testModel, price: { kind: "per_output" as const, credits: 0 } };
  const ask = (credits: number) => world.submit(credits === 0 ? { accountId, model: free } : { accountId, credits });
  const outcomes = await Promise.all(prices.flatMap((credits) => [ask(credits), world.submit({ accountId: other, credits: 2 })]));
  expect(world.db.statements() - before).toBe(1);
  expect(outcomes.filter((_, at) => at % 2 === 0).map(({ outcome }) => outcome)).toEqual(
    prices.map((credits) => (credits === 50 ? "insufficient" : "accepted")),
  );
  expect(tally(outcomes.filter((_, at) => at % 2 === 1).map(({ outcome }) => outcome))).toEqual({ accepted: 5, insufficient: 1 });
  const read = async (text: string): Promise<unknown[]> => (await world.db.pool.query({ text, values: [accountId], rowMode: "array" })).rows;
  expect(await read("select credits, available_after from transfers where account_id = $1 and kind = 'reserve' order by id")).toEqual([
    [3, 39],
    [4, 35],
    [6, 29],
    [9, 20],
  ]);
  expect(await read("select seq, type, available, held from events where account_id = $1 order by seq")).toEqual([
    [1, "generation.queued", null, null],
    [2, "credits.changed", 39, 3],
    [3, "generation.queued", null, null],
    [4, "credits.changed", 35, 7],
    [5, "generation.queued", null, null],
    [6, "credits.changed", 29, 13],
    [7, "generation.queued", null, null],
    [8, "generation.queued", null, null],
    [9, "credits.changed", 20, 22],
  ]);
  // 5 that expire first, then 7, then the rest: a reservation may lie across two lots.
  const allocations = `select r.credits, l.granted, p.credits from reservations r join reservation_lots p on p.reservation_id = r.id join lots l on l.id = p.lot_id
    where r.account_id = $1 order by r.credits, l.expires_at nulls last`;
  expect(await read(allocations)).toEqual([
    [3, 5, 3],
    [4, 5, 2],
    [4, 7, 2],
    [6, 7, 5],
    [6, 30, 1],
    [9, 30, 9],
  ]);
});

test("one key twice in one batch is one generation, and with another request a mismatch", async () => {
  const accountId = await world.accountWith([10]);
  const ask = (credits: number) => world.submit({ accountId, credits, idempotencyKey: "twice", input: { prompt: "a test", size: `${credits}x100` } });
  const before = world.db.statements();
  const outcomes = await Promise.all([ask(11), ask(2), ask(2), ask(3)]);
  expect(world.db.statements() - before).toBe(1);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["insufficient", "accepted", "replayed", "mismatch"]);
});

test("the books are in order", async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
});
