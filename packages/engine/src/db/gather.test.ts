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

test("who comes while a call is under way shares the next, unless many wait or the call hangs", async () => {
  const calls: { items: readonly number[]; end: () => void }[] = [];
  const run = gather((items: readonly number[]) => new Promise<readonly number[]>((resolve) => calls.push({ items, end: () => resolve(items) })), {
    max: 8,
    inFlight: 2,
    patienceMs: 0,
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const sizes = (): number[] => calls.map(({ items }) => items.length);
  const first = run(1);
  await turn();
  const second = run(2);
  await turn();
  expect(sizes()).toEqual([1]);
  calls[0]!.end();
  await first;
  await turn();
  expect(sizes()).toEqual([1, 1]);
  const many = [3, 4].map(run);
  await turn();
  expect(sizes()).toEqual([1, 1, 2]);
  calls[1]!.end();
  calls[2]!.end();
  await Promise.all([second, ...many]);

  const hanging = run(5);
  await turn();
  const late = run(6);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(sizes()).toEqual([1, 1, 2, 1, 1]);
  for (const { end } of calls) end();
  expect(await Promise.all([hanging, late])).toEqual([5, 6]);
});

test("while more is about to come, whoever is first waits a moment for it", async () => {
  const batches: number[][] = [];
  let busy = true;
  const run = gather(async (items: readonly number[]) => (batches.push([...items]), items), { ...options, max: 16, busy: () => busy });
  const first = run(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await Promise.all([first, run(2)])).toEqual([1, 2]);
  busy = false;
  await run(3);
  expect(batches).toEqual([[1, 2], [3]]);
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
