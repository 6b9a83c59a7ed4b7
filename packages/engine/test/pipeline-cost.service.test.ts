/** What a generation asks of the database from accept to verdict, in counts: they are the same on a busy machine. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPostgresQueue } from "@cooly/drivers/queue/postgres";
import { relayBatch } from "../src/outbox/relay.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { createAdvance, type Advance } from "../src/generations/advance.ts";
import { openWorld, quietLog, times, type World } from "./fixture.ts";
import { delivered, pixel } from "./workshop.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  vi.restoreAllMocks();
  expect((await verifyBooks(world.db)).violations).toEqual([]);
  await world.close();
});

interface Counts {
  statements: number;
  commits: number;
}

/** Everything that any client sends from here on; a statement outside of a transaction is a commit of its own. */
function countAll(): Counts {
  const counts: Counts = { statements: 0, commits: 0 };
  const open = new WeakSet<object>();
  const query = pg.Client.prototype.query as (this: object, ...given: unknown[]) => unknown;
  vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: object, ...given: unknown[]) {
    const [asked] = given as [string | { text: string }];
    const text = typeof asked === "string" ? asked : asked.text;
    counts.statements += 1;
    if (text === "begin") open.add(this);
    else if (text === "commit") open.delete(this);
    if (!open.has(this)) counts.commits += 1;
    return query.apply(this, given);
  } as typeof pg.Client.prototype.query);
  return counts;
}

/** All that is not ours answers at once, so that what is counted does not depend on how fast the machine is. */
const instantAdvance = ({ db }: World): Advance =>
  createAdvance({
    db,
    doorbell: { ring() {} },
    catalogue: { version: async () => null },
    providers: new Map([["test", { id: "test", resubmit: "free", start: async (job) => (await job.sending(), delivered) }]]),
    store: {
      put: async (_key, body) => ({ sizeBytes: (body as Uint8Array).length, sha256: "00".repeat(32) }),
      open: async () => null,
      stat: async () => null,
      remove: async () => undefined,
      create: async () => true,
      list: async function* () {},
      signedUrl: () => "",
      signedPutUrl: () => "",
    },
    downloads: { open: () => Promise.reject(new Error("nobody asks")) },
    scratch: { land: () => Promise.reject(new Error("nothing streams")) },
    media: { inspect: async () => ({ kind: "image", mime: "image/png", width: 1, height: 1, durationMs: null, thumbnail: pixel, thumbhash: "" }) },
    log: quietLog,
  });

/** Of one generation, on average: from accept through outbox and queue to the verdict. */
async function costOf({ generations, concurrency }: { generations: number; concurrency: number }): Promise<Counts> {
  const accounts = await Promise.all(times(64).map(() => world.accountWith([1_000])));
  const advance = instantAdvance(world);
  const listeners = new Set<() => void>();
  const queue = createPostgresQueue({
    pool: world.db.pool,
    ring: () => listeners.forEach((listener) => listener()),
    onRing: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    listening: () => true,
  });
  const stop = new AbortController();
  const counts = countAll();
  const working = queue.consume((message) => advance.handle(message), { concurrency, signal: stop.signal });
  await Promise.all(times(generations).map((n) => world.submit({ accountId: accounts[n % accounts.length]! })));
  while ((await relayBatch(world.db, queue, { limit: 250 })).moved > 0);
  // Not ours to count.
  let looks = 1;
  for (; (await world.count("work")) > 0; looks += 1) await sleep(50);
  stop.abort();
  await working;
  return { statements: (counts.statements - looks) / generations, commits: (counts.commits - looks) / generations };
}

test("at load a generation costs far less than five statements and half a commit, all in all", async () => {
  const { statements, commits } = await costOf({ generations: 512, concurrency: 64 });
  expect(statements).toBeLessThanOrEqual(1);
  expect(commits).toBeLessThanOrEqual(0.5);
});

test("counted the same way, a worker that takes one at a time shares nothing", async () => {
  const { statements, commits } = await costOf({ generations: 16, concurrency: 1 });
  expect(statements).toBeGreaterThan(4);
  expect(commits).toBeGreaterThan(4);
});
