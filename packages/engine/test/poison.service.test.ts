/** Work that can never be done must not keep other work from being done, and ends with the dead letters. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { countDeadLetters } from "../src/generations/dead-letters.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import type { Sight, Started } from "../src/ports/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, times, type World } from "./fixture.ts";
import { delivered, expireLeases, openWorkshop, takeMessages, type Workshop } from "./workshop.ts";

let world: World;
let accountId: string;
beforeEach(async () => {
  world = await openWorld();
  accountId = await world.accountWith([1_000]);
});
afterEach(async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  await world.close();
});

async function accept(prompt: string, outputs: number): Promise<string> {
  const submitted = await world.submit({ accountId, outputs, input: { prompt, size: "1x100" } });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  return submitted.generationId;
}

const states = async (generationId: string): Promise<{ state: string; attempt: number }[]> =>
  (await world.db.pool.query<{ state: string; attempt: number }>("select state, attempt from outputs where generation_id = $1", [generationId])).rows;

/** A round of every role, all messages at once; what would have to wait need not. */
async function round({ advance, look }: Workshop): Promise<void> {
  await world.db.pool.query("update work set run_at = now() where lease_owner is null");
  await Promise.allSettled((await takeMessages(world)).map((message) => advance.handle(message)));
  await look(100);
  await expireLeases(world);
  await sweepOverdue({ db: world.db, doorbell: { ring() {} }, resubmit: new Map([["test", "free"]]) });
}

const vendor = {
  async start({ input }: { input: Readonly<Record<string, unknown>> }): Promise<Started> {
    if (input["prompt"] === "throws") throw new Error("a bug in an adapter");
    if (input["prompt"] === "hangs") return { kind: "failed", class: "transient", message: "no answer" };
    return delivered;
  },
};

test("what cannot be read, made or found does not delay or burn the healthy work beside it, and is parked", async () => {
  const workshop = await openWorkshop(world, vendor);
  // At the head: messages about nobody, and about attempts that never were.
  for (const nth of times(25)) await workshop.advance.handle({ outputId: randomUUID(), attempt: nth });
  const unreadable = await accept("unreadable", 2);
  await world.db.pool.query(`update generations set route = '{"provider": "test"}' where id = $1`, [unreadable]);
  const strange = await accept("strange", 1);
  await world.db.pool.query(`update generations set route = '{"provider": "gone", "upstream_id": "one"}' where id = $1`, [strange]);
  const throwing = await accept("throws", 2);
  const hanging = await accept("hangs", 1);
  const healthy = await accept("healthy", 16);
  await round(workshop);
  expect(await states(healthy)).toEqual(times(16).map(() => ({ state: "delivered", attempt: 1 })));
  for (const _nth of times(6)) await round(workshop);
  for (const [id, attempts] of [
    [unreadable, 1],
    [strange, 1],
    [throwing, 5],
    [hanging, 5],
  ] as const)
    expect(new Set((await states(id)).map(({ state, attempt }) => `${state} ${attempt}`)), id).toEqual(new Set([`failed ${attempts}`]));
  expect(await countDeadLetters(world.db, { cause: null, outputIds: null })).toBe(6);
});

test("an unreadable task that may have been sent is left as it is, and what is due beside it is looked at", async () => {
  const sight: Sight = { kind: "refused", message: "no" };
  const accepted: Started = { kind: "accepted", operation: { id: "task" }, pollAfterSeconds: 0 };
  const workshop = await openWorkshop(world, { resubmit: "billed", start: async () => accepted, look: async () => sight });
  const spoiled = await accept("spoiled", 1);
  const healthy = await accept("healthy", 4);
  for (const message of await takeMessages(world)) await workshop.advance.handle(message);
  await world.db.pool.query("update generations set route = '{}' where id = $1", [spoiled]);
  await workshop.look(100);
  expect(await states(healthy)).toEqual(times(4).map(() => ({ state: "refused", attempt: 1 })));
  expect(await states(spoiled)).toEqual([{ state: "leased", attempt: 1 }]);
  await world.db.pool.query(`update generations set route = '{"provider": "test", "upstream_id": "one"}' where id = $1`, [spoiled]);
  await world.db.pool.query("update work set next_poll_at = now() where next_poll_at is not null");
  await workshop.look(100);
  expect(await states(spoiled)).toEqual([{ state: "refused", attempt: 1 }]);
});
