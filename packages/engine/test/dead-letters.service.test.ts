/** Dead letters: what a retry would cost now, and a retry of many that can be stopped, repeated and killed. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ModelManifest } from "@cooly/contract";
import type { Catalogue } from "../src/catalogue/index.ts";
import { countDeadLetters } from "../src/generations/dead-letters.ts";
import { forecastRetry, retryDeadLetters, type RetryOutcome, type RetryParts } from "../src/generations/retry-dead-letters.ts";
import { createSubmit } from "../src/generations/submit.ts";
import { readBalance } from "../src/ledger/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, tally, testModel, times, type World } from "./fixture.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  await world.close();
});

const everything = { cause: null, outputIds: null };
const priced = (credits: number): ModelManifest => ({ ...testModel, price: { kind: "per_output", credits } });
const catalogueOf = (...models: ModelManifest[]): Catalogue => ({
  list: () => models,
  find: (id) => models.find((model) => model.id === id) ?? null,
  ended: () => null,
  choose: (model) => ({ outcome: "chosen", route: model.routes[0]!, warnings: [] }),
});
const partsWith = (catalogue: Catalogue): RetryParts => ({ db: world.db, catalogue, submit: createSubmit(world.db, { ring() {} }) });

/** One output that failed for good, for each of these. */
async function letters(accountId: string, count: number, { cause = "provider_failed", model = testModel }: { cause?: string; model?: ModelManifest } = {}) {
  for (const _ of times(count)) await world.submit({ accountId, credits: 5, model });
  await failAll(cause);
}

const failAll = (cause: string): Promise<unknown> =>
  world.db.pool.query(
    `select settle_many(coalesce((select jsonb_agg(jsonb_build_object('output_id', id, 'account_id', account_id, 'state', 'failed', 'dead', true,
       'error', jsonb_build_object('code', $1::text, 'message', 'it broke'))) from outputs where settled_at is null), '[]'))`,
    [cause],
  );

async function retry(parts: RetryParts, { perSecond = 1_000, stopAfter = Infinity } = {}): Promise<{ finished: boolean; outcomes: RetryOutcome[] }> {
  const stop = new AbortController();
  const outcomes: RetryOutcome[] = [];
  const finished = await retryDeadLetters(parts, everything, {
    perSecond,
    signal: stop.signal,
    onRetry({ outcome }) {
      outcomes.push(outcome);
      if (outcomes.length >= stopAfter) stop.abort();
    },
  });
  return { finished, outcomes };
}

test("a forecast goes by today's prices, groups by cause and model, and names who could not pay", async () => {
  const [rich, poor] = [await world.accountWith([1_000]), await world.accountWith([10, { credits: 50, expiresAt: new Date(Date.now() + 60_000) }])];
  const gone = { ...testModel, id: "test/gone" };
  const sized: ModelManifest = { ...testModel, id: "test/sized" };
  await letters(rich, 3);
  await letters(poor, 2, { cause: "provider_unreachable" });
  await letters(rich, 1, { cause: "provider_unreachable", model: gone });
  await letters(rich, 1, { model: sized });
  // What the poor one has left has expired since, though nobody has swept it.
  await world.db.pool.query("update lots set expires_at = now() - interval '1 second' where expires_at is not null");
  const forecast = await forecastRetry({ db: world.db, catalogue: catalogueOf(priced(7), sized) }, everything);
  expect(forecast).toEqual({
    groups: [
      { cause: "provider_failed", model: "test/model", count: 3, credits: 21, impossible: 0 },
      { cause: "provider_unreachable", model: "test/model", count: 2, credits: 14, impossible: 0 },
      { cause: "provider_failed", model: "test/sized", count: 1, credits: 5, impossible: 0 },
      { cause: "provider_unreachable", model: "test/gone", count: 1, credits: 0, impossible: 1 },
    ],
    count: 7,
    credits: 40,
    short: [{ accountId: poor, count: 2, credits: 14, available: 10 }],
  });
  const some = await forecastRetry({ db: world.db, catalogue: catalogueOf(priced(7), sized) }, { cause: "provider_unreachable", outputIds: null });
  expect(some).toMatchObject({ count: 3, credits: 14 });
  // And so it comes: of two the poor one can pay for one.
  const { outcomes, finished } = await retry(partsWith(catalogueOf(priced(7), sized)));
  expect([finished, tally(outcomes)]).toEqual([true, { retried: 5, insufficient: 1, model_gone: 1 }]);
  expect(await readBalance(world.db, rich)).toMatchObject({ held: 26 });
  expect(await readBalance(world.db, poor)).toMatchObject({ held: 7, available: 3 });
  expect(await countDeadLetters(world.db, everything)).toBe(2);
});

test("a thousand are retried at a bounded rate; stopped, it goes on where it ended", async () => {
  const accountId = await world.accountWith([100_000]);
  await Promise.all(times(1_000).map(() => world.submit({ accountId, credits: 5 })));
  await failAll("provider_failed");
  const parts = partsWith(catalogueOf(testModel));
  const startedMs = performance.now();
  expect(await retry(parts, { perSecond: 50, stopAfter: 20 })).toMatchObject({ finished: false, outcomes: times(20).map(() => "retried") });
  // The first one goes at once.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(19 * 20 - 5);
  expect(await countDeadLetters(world.db, everything)).toBe(980);
  const rest = await retry(parts);
  expect([rest.finished, tally(rest.outcomes)]).toEqual([true, { retried: 980 }]);
  expect(await readBalance(world.db, accountId)).toMatchObject({ held: 5_000 });
  expect(await world.count("generations")).toBe(2_000);
  expect((await retry(parts)).outcomes).toEqual([]);
}, 60_000);

test("two at once, and one that dies between the order and the note, retry each letter once", async () => {
  const accountId = await world.accountWith([1_000]);
  await letters(accountId, 10);
  const parts = partsWith(catalogueOf(testModel));
  const dying: RetryParts = {
    ...parts,
    async submit(submission) {
      await parts.submit(submission);
      throw new Error("killed");
    },
  };
  await expect(retry(dying)).rejects.toThrow("killed");
  expect(await countDeadLetters(world.db, everything)).toBe(10);
  await Promise.all([retry(parts), retry(parts)]);
  expect(await countDeadLetters(world.db, everything)).toBe(0);
  expect(await world.count("generations")).toBe(20);
  expect(await readBalance(world.db, accountId)).toMatchObject({ held: 50 });
});

test("what fails again while others are retried is left for the next run", async () => {
  await letters(await world.accountWith([1_000]), 3);
  const parts = partsWith(catalogueOf(testModel));
  const failing: RetryParts = {
    ...parts,
    async submit(submission) {
      const submitted = await parts.submit(submission);
      await failAll("provider_failed");
      return submitted;
    },
  };
  expect((await retry(failing)).outcomes).toEqual(["retried", "retried", "retried"]);
  expect(await countDeadLetters(world.db, everything)).toBe(3);
});

test("a prompt that was deleted, and a request that has no price any more, are not made again", async () => {
  const accountId = await world.accountWith([100]);
  await letters(accountId, 2);
  const { rows } = await world.db.pool.query<{ id: string }>("select id from generations order by id");
  await world.db.pool.query("update generations set deleted_at = now() where id = $1", [rows[0]!.id]);
  await world.db.pool.query("update generations set input = input - 'size' where id = $1", [rows[1]!.id]);
  expect((await retry(partsWith(catalogueOf(testModel)))).outcomes.toSorted()).toEqual(["model_changed", "purged"]);
  expect(await readBalance(world.db, accountId)).toMatchObject({ held: 0, available: 100 });
});
