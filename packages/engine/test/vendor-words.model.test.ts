/**
 * What a vendor says, in any order: answers to a submit, webhooks early, late, doubled or about another task, looks, a list, and
 * workers that die in between. VENDOR_RUNS=50000 runs for longer; a failure prints its seed, and VENDOR_SEED=<seed> plays it again.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wish } from "../../../test/wish.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, type World } from "./fixture.ts";
import { plant } from "./ledger-faults.ts";
import { pixel } from "./workshop.ts";
import { openStory, steps, type Story } from "./vendor-steps.ts";

const RUNS = 100;
const LIMIT_MS = 30_000;
const runs = wish("VENDOR_RUNS");
const seed = wish("VENDOR_SEED");
const limitMs = Math.max(LIMIT_MS, (runs ?? 0) * 400);

let world: World;
let files: Server;
let url: string;
beforeAll(async () => {
  world = await openWorld();
  files = createServer((_request, response) => void response.end(pixel));
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(files.address() as AddressInfo).port}/one.png`;
});
afterAll(async () => {
  files.close();
  await world.close();
});

const storyOf = (subject: World) =>
  fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 14 }), async (drawn) => {
    const story = await openStory(subject, url);
    for (const step of drawn) await step.run(story);
    await end(story);
  });

/** Whatever was said: one end, charged exactly if there is something to show for it, and the books in order. */
async function end(story: Story): Promise<void> {
  await story.settleDown();
  const { ends, output, transfers } = await story.read();
  expect(ends, "terminal events").toBe(1);
  expect(output.settled).toBe(true);
  expect(output.captured).toBe(output.state === "delivered" ? output.credits : 0);
  expect(transfers, "settlements").toBe(1);
  expect(story.seen.size, `it ended as ${[...story.seen].join(", then as ")}`).toBe(1);
}

test(
  "whatever a vendor says, and whenever, an output ends once and is charged only if it was delivered",
  async () => {
    const result = await fc.check(storyOf(world), { numRuns: runs ?? RUNS, ...(seed !== null && { seed }), interruptAfterTimeLimit: limitMs });
    if (result.failed)
      throw new Error(`play it again: VENDOR_SEED=${result.seed} npm test -- vendor-words\n${fc.defaultReportMessage(result)}`, {
        cause: result.errorInstance,
      });
    expect(result.numRuns).toBeGreaterThan(10);
    expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  },
  limitMs + 20_000,
);

const faults = [
  {
    name: "a refusal is charged",
    function: "settle_many",
    stands: "v_captured := case when r.state = 'delivered'",
    mistake: "v_captured := case when r.state in ('delivered', 'refused')",
    without: "alter table outputs drop constraint outputs_sound",
  },
  {
    name: "an end is told twice",
    function: "settle_many",
    stands: "if not v_covered then",
    mistake: "perform add_event(v_account, 'generation.failed', v_generation); if not v_covered then",
  },
];

test.each(faults)(
  "the model finds a planted fault: $name",
  async (fault) => {
    const faulty = await openWorld();
    try {
      await plant(faulty, fault);
      const result = await fc.check(storyOf(faulty), { numRuns: 500, endOnFailure: true, interruptAfterTimeLimit: LIMIT_MS });
      expect(result.failed && !result.interrupted, `${result.numRuns} runs found nothing`).toBe(true);
      expect(String(result.errorInstance)).not.toMatch(/syntax error|does not exist/);
    } finally {
      await faulty.close();
    }
  },
  60_000,
);
