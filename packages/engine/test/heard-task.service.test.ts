/** Callbacks that name the task they are about, where the answer to its submit may have been lost. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { receive } from "../src/generations/inbox.ts";
import { findGeneration } from "../src/generations/read.ts";
import type { Verdict } from "../src/ports/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, type World } from "./fixture.ts";
import { delivered, openWorkshop, takeMessages } from "./workshop.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test("a callback that names its task finds it where the answer to its submit was lost: one submit, one charge", async () => {
  const accountId = await world.accountWith([100]);
  const submitted = await world.submit({ accountId, credits: 5 });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  const read = async () => (await findGeneration(world.db, accountId, submitted.generationId))!;
  const looks: object[] = [];
  const { advance, look, starts } = await openWorkshop(world, {
    resubmit: "billed",
    start: async () => ({ kind: "unknown", why: "the answer was lost" }),
    async look(operation) {
      looks.push(operation);
      return delivered as Verdict;
    },
  });
  for (const message of await takeMessages(world)) await advance.handle(message);
  const [output] = (await read()).outputs;
  expect(output).toMatchObject({ state: "unknown" });
  const heard = { eventId: "e-1", outputId: output!.id, taskId: "t-1", operation: { id: "t-1" }, sight: null };
  expect([await receive(world.db, "test", heard), await receive(world.db, "test", heard)]).toEqual([true, false]);
  await Promise.all((await advance.hear(10)).begun);
  expect(await look(10)).toBe(1);
  expect([looks, starts.length]).toEqual([[{ id: "t-1" }], 1]);
  expect(await read()).toMatchObject({ status: "succeeded", charged: 5 });
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
});

test("a task that is known already stays the one that is looked at", async () => {
  const accountId = await world.accountWith([100]);
  const submitted = await world.submit({ accountId, credits: 5 });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  const looks: object[] = [];
  const { advance, look } = await openWorkshop(world, {
    resubmit: "billed",
    start: async () => ({ kind: "accepted", operation: { id: "t-1" }, pollAfterSeconds: 60 }),
    async look(operation) {
      looks.push(operation);
      return delivered as Verdict;
    },
  });
  for (const message of await takeMessages(world)) await advance.handle(message);
  const [output] = (await findGeneration(world.db, accountId, submitted.generationId))!.outputs;
  await receive(world.db, "test", { eventId: "e-1", outputId: output!.id, taskId: "t-2", operation: { id: "t-2" }, sight: null });
  await Promise.all((await advance.hear(10)).begun);
  expect(await look(10)).toBe(1);
  expect(looks).toEqual([{ id: "t-1" }]);
});
