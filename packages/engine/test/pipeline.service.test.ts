import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requestCancel } from "../src/generations/cancel.ts";
import { listDeadLetters } from "../src/generations/dead-letters.ts";
import { createEventHub, type LiveEvent } from "../src/generations/events.ts";
import { claim, heartbeat, LEASE_SECONDS } from "../src/generations/leases.ts";
import { findGeneration, type GenerationRow } from "../src/generations/read.ts";
import { removeGeneration } from "../src/generations/remove.ts";
import { settle } from "../src/generations/settle.ts";
import { keepHouse, sweepOverdue } from "../src/generations/sweep.ts";
import { listTransfers, readBalance } from "../src/ledger/index.ts";
import { relayBatch } from "../src/outbox/relay.ts";
import { ProviderUnreachable, type Message, type Started } from "../src/ports/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { Life } from "../../../test/rig/life.ts";
import { openWorld, quietLog, tally, type World } from "./fixture.ts";
import { delivered, expireLeases, openWorkshop, takeMessages } from "./workshop.ts";

let world: World;
let accountId: string;
beforeEach(async () => {
  world = await openWorld();
  accountId = await world.accountWith([100]);
});
afterEach(async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  await world.close();
});

async function accept(options: { outputs?: number; credits?: number } = {}): Promise<string> {
  const submitted = await world.submit({ accountId, credits: 5, ...options });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  return submitted.generationId;
}

const read = async (id: string): Promise<GenerationRow> => (await findGeneration(world.db, accountId, id))!;
const free = new Map([["test", "free" as const]]);
const billed = new Map([["test", "billed" as const]]);
const sweeper = (resubmit: typeof free | typeof billed) => ({ db: world.db, doorbell: { ring() {} }, resubmit });

test("four outputs are delivered, stored and charged, each on its own", async () => {
  const id = await accept({ outputs: 4 });
  const { advance, store, starts } = await openWorkshop(world, { start: async () => delivered });
  await Promise.all((await takeMessages(world)).map((message) => advance.handle(message)));
  const generation = await read(id);
  expect(generation).toMatchObject({ status: "succeeded", quoted: 20, charged: 20, released: 0 });
  for (const output of generation.outputs) expect(await store.stat(output.storage_key!)).toEqual({ sizeBytes: output.bytes });
  expect(new Set(starts.map(({ seed }) => seed)).size).toBe(4);
  expect(await readBalance(world.db, accountId)).toMatchObject({ available: 80, held: 0, spent: 20 });
});

test("a partial success is charged partially, and the rest returns", async () => {
  const id = await accept({ outputs: 4 });
  const { advance } = await openWorkshop(world, {
    start: async (job): Promise<Started> => (job.seed % 2 === 0 ? delivered : { kind: "refused", message: "It may show a real person." }),
  });
  await Promise.all((await takeMessages(world)).map((message) => advance.handle(message)));
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 10, released: 10 });
  expect(await readBalance(world.db, accountId)).toMatchObject({ available: 90, held: 0, spent: 10 });
});

test("a message that comes twice, or late, starts nothing twice", async () => {
  await accept();
  const { advance, starts } = await openWorkshop(world, { start: async () => delivered });
  const [message] = (await takeMessages(world)) as [Message];
  await Promise.all([advance.handle(message), advance.handle(message)]);
  await advance.handle(message);
  expect(starts).toHaveLength(1);
});

test("a claim whose answer is lost is said to have failed, by output and attempt", async () => {
  await accept();
  const said: [string, object | undefined][] = [];
  const life = new Life({ at: 1, when: "after" });
  const { advance } = await openWorkshop(
    world,
    { start: async () => delivered },
    { life, log: { ...quietLog, warn: (event, facts) => void said.push([event, facts]) } },
  );
  const [message] = await takeMessages(world);
  await expect(advance.handle(message!)).rejects.toThrow();
  expect(said).toEqual([["gen-worker.claim_failed", expect.objectContaining({ outputId: message!.outputId, attempt: 1 })]]);
  expect((await world.db.pool.query("select attempt from work where lease_owner is not null")).rows).toEqual([{ attempt: 1 }]);
});

test("an attempt whose end cannot be written down is said to have failed, by output and attempt", async () => {
  await accept();
  const said: [string, object | undefined][] = [];
  const life = new Life({ at: 2, when: "before" });
  const { advance } = await openWorkshop(
    world,
    { start: async () => delivered },
    { life, log: { ...quietLog, error: (event, facts) => void said.push([event, facts]) } },
  );
  const [message] = await takeMessages(world);
  await expect(advance.handle(message!)).rejects.toThrow();
  expect(said).toEqual([["gen-worker.step_failed", expect.objectContaining({ outputId: message!.outputId, attempt: 1 })]]);
});

test("a worker whose lease was taken over writes nothing", async () => {
  const id = await accept();
  const gate = Promise.withResolvers<Started>();
  const paused = await openWorkshop(world, { start: () => gate.promise });
  const [message] = (await takeMessages(world)) as [Message];
  const zombie = paused.advance.handle(message);
  await expect.poll(() => paused.starts.length).toBe(1);
  await expireLeases(world);
  expect(await sweepOverdue(sweeper(free))).toMatchObject({ requeued: 1 });
  const successor = await openWorkshop(world, { start: async () => ({ kind: "refused", message: "no" }) });
  for (const next of await takeMessages(world)) await successor.advance.handle(next);
  gate.resolve(delivered);
  await zombie;
  expect(await read(id)).toMatchObject({ status: "failed", charged: 0, released: 5 });
});

test("nor while the next attempt is only waiting", async () => {
  const id = await accept();
  const gate = Promise.withResolvers<Started>();
  const { advance, starts } = await openWorkshop(world, { start: () => gate.promise });
  const [message] = (await takeMessages(world)) as [Message];
  const zombie = advance.handle(message);
  await expect.poll(() => starts.length).toBe(1);
  await expireLeases(world);
  expect(await sweepOverdue(sweeper(free))).toMatchObject({ requeued: 1 });
  gate.resolve(delivered);
  await zombie;
  expect(await read(id)).toMatchObject({ status: "running", charged: 0, outputs: [{ state: "queued" }] });
});

test("a worker that was stopped longer than its lease lasts sends nothing when it goes on", async () => {
  await accept();
  const start = vi.fn(async () => delivered);
  const { advance, starts } = await openWorkshop(world, { resubmit: "billed", start });
  const [message] = await takeMessages(world);
  // It stands still right before the first byte, as with SIGSTOP: its clock goes on.
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + (starts.length > 0 ? LEASE_SECONDS * 1000 : 0));
  await advance.handle(message!).finally(() => clock.mockRestore());
  expect(starts).toHaveLength(1);
  expect(start).not.toHaveBeenCalled();
  expect((await world.db.pool.query("select state from attempts")).rows).toEqual([{ state: "sent" }]);
});

test("a heartbeat keeps a lease, and stops the work when it is lost", async () => {
  await accept();
  const { advance } = await openWorkshop(world, {
    start: (_job, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  });
  const [message] = (await takeMessages(world)) as [Message];
  const working = advance.handle(message);
  await expect.poll(async () => (await world.db.pool.query("select 1 from attempts where state = 'sent'")).rowCount).toBe(1);
  const lease = async (): Promise<Date> => (await world.db.pool.query<{ lease_until: Date }>("select lease_until from work")).rows[0]!.lease_until;
  const before = await lease();
  await advance.beat();
  expect((await lease()).getTime()).toBeGreaterThan(before.getTime());
  await expireLeases(world);
  await sweepOverdue(sweeper(free));
  await advance.beat();
  await working;
});

test("an attempt that may be billed again becomes unknown when its worker dies; its hold stays, whatever its age", async () => {
  const id = await accept();
  const { advance } = await openWorkshop(world, { resubmit: "billed", start: () => new Promise(() => undefined) });
  void advance.handle((await takeMessages(world))[0]!);
  await expect.poll(async () => (await world.db.pool.query("select 1 from attempts where state = 'sent'")).rowCount).toBe(1);
  await expireLeases(world);
  expect(await sweepOverdue(sweeper(billed))).toMatchObject({ unknown: 1 });
  await world.db.pool.query("update work set due_at = now() - interval '30 days'");
  expect(await sweepOverdue(sweeper(billed))).toMatchObject({ requeued: 0, failed: 0 });
  expect(await read(id)).toMatchObject({ status: "unknown" });
  expect(await readBalance(world.db, accountId)).toMatchObject({ held: 5 });
});

test("an unknown attempt that the provider can tell about is cleared up and charged", async () => {
  const id = await accept();
  const { advance, look } = await openWorkshop(world, {
    resubmit: "billed",
    start: async () => ({ kind: "unknown", why: "reset" }),
    reconcile: async () => delivered as never,
  });
  for (const message of await takeMessages(world)) await advance.handle(message);
  expect(await read(id)).toMatchObject({ status: "unknown" });
  await world.db.pool.query("update work set due_at = now()");
  expect(await look(10)).toBe(1);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5 });
});

test("a long task holds no worker: its id is stored, and any worker looks later", async () => {
  const id = await accept();
  const first = await openWorkshop(world, {
    start: async () => ({ kind: "accepted", operation: { task: "t1" }, pollAfterSeconds: 0 }),
    look: async () => delivered as never,
  });
  for (const message of await takeMessages(world)) await first.advance.handle(message);
  expect((await read(id)).outputs[0]).toMatchObject({ state: "leased" });
  const seen: unknown[] = [];
  const second = await openWorkshop(world, { start: async () => delivered, look: async (operation) => (seen.push(operation), delivered as never) });
  expect(await second.look(10)).toBe(1);
  expect(seen).toEqual([{ task: "t1" }]);
  expect(await read(id)).toMatchObject({ status: "succeeded" });
});

test("what a vendor says of progress between two looks is told, and never goes back", async () => {
  await accept();
  const says = [0.4, 0.3, 0.9];
  const { advance, look } = await openWorkshop(world, {
    start: async () => ({ kind: "accepted", operation: { task: "t1" }, pollAfterSeconds: 0 }),
    look: async () => (says.length > 0 ? { kind: "running", progress: says.shift()!, pollAfterSeconds: 0 } : (delivered as never)),
  });
  for (const message of await takeMessages(world)) await advance.handle(message);
  const told = async (): Promise<number[]> =>
    (await world.db.pool.query<{ progress: number }>("select progress from events where type = 'generation.progress' order by seq")).rows.map(
      ({ progress }) => progress,
    );
  await look(10);
  await expect.poll(told).toEqual([expect.closeTo(0.4)]);
  await look(10);
  await look(10);
  await expect.poll(told).toEqual([expect.closeTo(0.4), expect.closeTo(0.9)]);
});

test("an unreachable provider is tried five times, then the output fails, is released and lies with the dead letters", async () => {
  const id = await accept();
  const { advance, starts } = await openWorkshop(world, { start: () => Promise.reject(new ProviderUnreachable("connection refused")) });
  for (let round = 0; round < 6; round += 1) {
    await world.db.pool.query("update work set run_at = now()");
    for (const message of await takeMessages(world)) await advance.handle(message);
  }
  expect(starts).toHaveLength(5);
  expect(await read(id)).toMatchObject({ status: "failed", charged: 0, released: 5, error: { code: "provider_unreachable" } });
  expect(await listDeadLetters(world.db, { cause: null, outputIds: null, limit: 10 })).toMatchObject([{ cause: "provider_unreachable", credits: 5 }]);
});

test("a rate limit waits and burns no attempt", async () => {
  const id = await accept();
  let calls = 0;
  const { advance } = await openWorkshop(world, {
    start: async (): Promise<Started> =>
      (calls += 1) <= 7 ? { kind: "failed", class: "rate_limited", message: "slow down", retryAfterSeconds: 0 } : delivered,
  });
  for (let round = 0; round < 8; round += 1) for (const message of await takeMessages(world)) await advance.handle(message);
  expect(await read(id)).toMatchObject({ status: "succeeded" });
});

test("media that cannot be decoded are never delivered", async () => {
  const id = await accept();
  const { advance } = await openWorkshop(world, {
    start: async () => ({ kind: "delivered", result: { from: "bytes", body: Buffer.from("<html>") } }),
  });
  for (let round = 0; round < 6; round += 1) {
    await world.db.pool.query("update work set run_at = now()");
    for (const message of await takeMessages(world)) await advance.handle(message);
  }
  expect(await read(id)).toMatchObject({ status: "failed", charged: 0, error: { code: "result_unusable" } });
});

test("queued work is canceled at once; running work when its worker hears of it", async () => {
  const queued = await accept();
  expect(await requestCancel(world.db, { ring() {} }, { accountId, generationId: queued })).toBe("requested");
  expect(await read(queued)).toMatchObject({ status: "canceled", released: 5 });
  expect(await requestCancel(world.db, { ring() {} }, { accountId, generationId: queued })).toBe("canceled");
  await takeMessages(world);

  const running = await accept();
  const { advance } = await openWorkshop(world, {
    start: (_job, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  });
  const working = advance.handle((await takeMessages(world))[0]!);
  await expect.poll(async () => (await world.db.pool.query("select 1 from attempts where state = 'sent'")).rowCount).toBe(1);
  await requestCancel(world.db, { ring() {} }, { accountId, generationId: running });
  await advance.beat();
  await working;
  expect(await read(running)).toMatchObject({ status: "canceled", charged: 0, released: 5 });
  expect(await readBalance(world.db, accountId)).toMatchObject({ available: 100, held: 0 });
});

test("cancels and heartbeats of the same outputs never wait for each other", async () => {
  const ids = [await accept({ outputs: 16, credits: 1 }), await accept({ outputs: 16, credits: 1 }), await accept({ outputs: 16, credits: 1 })];
  const owner = randomUUID();
  const claimed = await claim(world.db, await takeMessages(world), owner);
  const fences = claimed.map(({ output_id, attempt }) => ({ outputId: output_id, attempt }));
  expect(fences).toHaveLength(48);
  const before = world.db.statements();
  const rounds = 40;
  for (let round = 0; round < rounds; round += 1) {
    const [kept] = await Promise.all([
      heartbeat(world.db, round % 2 === 0 ? fences : fences.toReversed(), owner),
      ...ids.map((generationId) => requestCancel(world.db, { ring() {} }, { accountId, generationId })),
    ]);
    expect(kept).toHaveLength(48);
  }
  // A statement that the database ended for waiting in a circle would have been asked again.
  expect(world.db.statements() - before).toBe(rounds * (1 + ids.length));
});

test("a canceled output whose worker died is not made again", async () => {
  const id = await accept();
  const { advance } = await openWorkshop(world, { start: () => new Promise(() => undefined) });
  void advance.handle((await takeMessages(world))[0]!);
  await expect.poll(async () => (await world.db.pool.query("select 1 from attempts where state = 'sent'")).rowCount).toBe(1);
  await requestCancel(world.db, { ring() {} }, { accountId, generationId: id });
  await expireLeases(world);
  await sweepOverdue(sweeper(free));
  expect(await read(id)).toMatchObject({ status: "canceled", released: 5 });
});

test("a cancel and a delivery at the same moment settle once", async () => {
  const ids = await Promise.all(Array.from({ length: 15 }, () => accept({ credits: 1 })));
  const { advance } = await openWorkshop(world, { start: async () => delivered });
  const messages = await takeMessages(world);
  await Promise.all([
    ...messages.map((message) => advance.handle(message)),
    ...ids.map((generationId) => requestCancel(world.db, { ring() {} }, { accountId, generationId })),
  ]);
  const counts = tally(await Promise.all(ids.map(async (id) => (await read(id)).status)));
  expect((counts["succeeded"] ?? 0) + (counts["canceled"] ?? 0)).toBe(15);
});

test("the same verdict a hundred times moves credits once", async () => {
  const id = await accept();
  const { outputs } = await read(id);
  const verdict = { outputId: outputs[0]!.id, accountId, attempt: null, state: "canceled" as const };
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => settle(world.db, [verdict])));
  expect(tally(outcomes.map((outcome) => outcome.get(verdict.outputId)!))).toEqual({ settled: 1, already_settled: 99 });
  expect((await listTransfers(world.db, accountId, { after: null, limit: 10 })).map(({ kind }) => kind)).toEqual(["release", "reserve", "grant"]);
});

test("a batch is told output by output, then the end of its generation, and once what the credits are", async () => {
  const id = await accept({ outputs: 3 });
  const { outputs } = await read(id);
  const verdicts = outputs.map((output) => ({ outputId: output.id, accountId, attempt: null, state: "canceled" as const }));
  expect([...(await settle(world.db, [...verdicts, verdicts[0]!])).keys()]).toHaveLength(3);
  const { rows } = await world.db.pool.query<object>("select type, output_index, available, held from events where account_id = $1 order by seq", [accountId]);
  expect(rows.slice(2).map((row) => Object.values(row))).toEqual([
    ["generation.output", 0, null, null],
    ["generation.output", 1, null, null],
    ["generation.output", 2, null, null],
    ["generation.canceled", null, null, null],
    ["credits.changed", null, 100, 0],
  ]);
});

test("a lost queue message is issued again, a waiting one is not multiplied", async () => {
  const id = await accept();
  await takeMessages(world);
  await world.db.pool.query("update work set due_at = now()");
  expect(await sweepOverdue(sweeper(free))).toMatchObject({ reissued: 1 });
  expect(await sweepOverdue(sweeper(free))).toMatchObject({ reissued: 0 });
  const { advance } = await openWorkshop(world, { start: async () => delivered });
  for (const message of await takeMessages(world)) await advance.handle(message);
  expect(await read(id)).toMatchObject({ status: "succeeded" });
});

test("who asks an empty system what is due next is told: nothing", async () => {
  const { advance } = await openWorkshop(world, { start: async () => delivered });
  expect((await advance.hear(10)).nextSeconds).toBeNull();
  expect((await advance.look(10)).nextSeconds).toBeNull();
  expect(await relayBatch(world.db, { publish: async () => undefined }, { limit: 10 })).toMatchObject({ moved: 0, nextSeconds: null });
});

test("the event log replays from any point, without a gap, to one terminal event", async () => {
  const id = await accept({ outputs: 2 });
  const { advance } = await openWorkshop(world, { start: async () => delivered });
  for (const message of await takeMessages(world)) await advance.handle(message);
  const hub = createEventHub({
    db: world.db,
    doorbell: { ring() {}, onRing: () => () => undefined, listening: () => true, close: async () => undefined },
    log: quietLog,
  });
  const replay = async (after: number): Promise<LiveEvent[]> => {
    const got: LiveEvent[] = [];
    const end = await hub.subscribe({ accountId, after, onEvents: (events) => void got.push(...events) });
    await expect.poll(() => got.some(({ type }) => type === "generation.succeeded")).toBe(true);
    end();
    return got;
  };
  const all = await replay(0);
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
  expect(all.filter(({ generation_id }) => generation_id === id).map(({ type }) => type)).toEqual([
    "generation.queued",
    "generation.running",
    "generation.output",
    "generation.running",
    "generation.output",
    "generation.succeeded",
  ]);
  expect((await replay(3)).map(({ seq }) => seq)[0]).toBe(4);
  await hub.close();
});

test("a deleted generation loses its prompt and its media, and the ledger keeps its lines", async () => {
  const id = await accept();
  const { advance, store } = await openWorkshop(world, { start: async () => delivered });
  expect(await removeGeneration(world.db, { accountId, generationId: id })).toBe("not_finished");
  for (const message of await takeMessages(world)) await advance.handle(message);
  const key = (await read(id)).outputs[0]!.storage_key!;
  expect(await removeGeneration(world.db, { accountId, generationId: id })).toBe("removed");
  expect(await keepHouse(world.db, store)).toMatchObject({ mediaDeleted: 1 });
  expect(await store.stat(key)).toBeNull();
  expect(await findGeneration(world.db, accountId, id)).toBeNull();
  expect(JSON.stringify((await world.db.pool.query("select input from generations")).rows)).not.toContain("a test");
  expect((await listTransfers(world.db, accountId, { after: null, limit: 10 })).map(({ kind }) => kind)).toEqual(["capture", "reserve", "grant"]);
});
