import { expect, test } from "vitest";
import { gather } from "./gather.ts";

const options = { max: 4, inFlight: 1, patienceMs: 0 };
const away = (): Error => Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
const cut = (): Error => Object.assign(new Error("reset"), { code: "ECONNRESET" });

test("the calls of one turn share a call, in their order, a batch at a time", async () => {
  const batches: number[][] = [];
  const double = gather(async (items: readonly number[]) => (batches.push([...items]), items.map((item) => item * 2)), options);
  expect(await Promise.all([1, 2, 3, 4, 5].map(double))).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([[1, 2, 3, 4], [5]]);
});

test("an item that the database refuses fails alone", async () => {
  const run = gather(async (items: readonly number[]) => {
    if (items.includes(2)) throw Object.assign(new Error("bad row"), { code: "22P05" });
    return items;
  }, options);
  const outcomes = await Promise.allSettled([1, 2, 3].map(run));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("a database that is away fails a batch once, not once for every item", async () => {
  let calls = 0;
  const run = gather(() => ((calls += 1), Promise.reject<number[]>(away())), options);
  const outcomes = await Promise.allSettled([1, 2, 3].map(run));
  expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  expect(calls).toBe(1);
});

test("a database that comes back in time is not noticed, and is asked for the very same items", async () => {
  const asked: number[][] = [];
  const run = gather(
    async (items: readonly number[]) => {
      asked.push([...items]);
      if (asked.length < 3) throw cut();
      return items;
    },
    { ...options, patienceMs: 5_000 },
  );
  expect(await Promise.all([7, 8].map(run))).toEqual([7, 8]);
  expect(asked).toEqual([
    [7, 8],
    [7, 8],
    [7, 8],
  ]);
});

test("after a lost answer a refused connection does not pass for certainty", async () => {
  const errors = [cut(), away(), away(), away(), away()];
  const run = gather(() => Promise.reject<number[]>(errors.shift() ?? away()), { ...options, patienceMs: 120 });
  await expect(run(1)).rejects.toMatchObject({ code: "ECONNRESET" });
});
