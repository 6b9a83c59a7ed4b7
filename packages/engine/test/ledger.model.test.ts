/**
 * Random histories, on the real database and on a ledger of paper, which must agree after every step.
 * LEDGER_RUNS=2000 runs for longer; a failure prints its seed, and LEDGER_SEED=<seed> plays it again.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wish } from "../../../test/wish.ts";
import { openWorld, type World } from "./fixture.ts";
import { ledgerFaults, plant } from "./ledger-faults.ts";
import { closeBooks, histories, openBooks } from "./ledger-steps.ts";

const RUNS = 40;
const LIMIT_MS = 25_000;
const runs = wish("LEDGER_RUNS");
const seed = wish("LEDGER_SEED");
const limitMs = Math.max(LIMIT_MS, (runs ?? 0) * 1_000);

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const agreement = (subject: World) =>
  fc.asyncProperty(histories, async (steps) => {
    const books = await openBooks(subject);
    await fc.asyncModelRun(() => ({ model: books, real: subject }), steps);
    await closeBooks(books, subject);
  });

test(
  "whatever happens to the ledger, its tables say what the model says, and verify finds nothing",
  async () => {
    const result = await fc.check(agreement(world), {
      numRuns: runs ?? RUNS,
      ...(seed !== null && { seed }),
      // Shrinking counts too.
      interruptAfterTimeLimit: limitMs,
    });
    if (result.failed)
      throw new Error(`play it again: LEDGER_SEED=${result.seed} npm test -- ledger.model\n${fc.defaultReportMessage(result)}`, {
        cause: result.errorInstance,
      });
    expect(result.numRuns).toBeGreaterThan(5);
  },
  limitMs + 20_000,
);

test.each(ledgerFaults)(
  "the model finds a planted fault: $name",
  async (fault) => {
    const faulty = await openWorld();
    try {
      await plant(faulty, fault);
      const result = await fc.check(agreement(faulty), { numRuns: 300, endOnFailure: true, interruptAfterTimeLimit: 2 * LIMIT_MS });
      expect(result.failed && !result.interrupted, `${result.numRuns} runs found nothing`).toBe(true);
      // What does not even run would be found by any test.
      expect(String(result.errorInstance)).not.toMatch(/syntax error|does not exist/);
    } finally {
      await faulty.close();
    }
  },
  3 * LIMIT_MS,
);
