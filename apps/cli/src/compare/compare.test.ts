import { expect, test } from "vitest";
import { carriesMore, rowsOf, usersOf, type Round, type StepResult } from "./comparison.ts";
import { fasterOf, onceIn, percentile, ratioOf, spread } from "./figures.ts";
import { planLoad, PREFIX, stepsTo, VISITS } from "./load.ts";

const options = { seed: 7, rounds: 4, usersMax: 5 };

test("the same seed asks for the same, another one for something else, and both sides begin as often", () => {
  const load = planLoad(options);
  expect(planLoad(options)).toEqual(load);
  expect(planLoad({ ...options, seed: 8 })).not.toEqual(load);
  expect(load.rounds.filter(({ first }) => first === "a")).toHaveLength(2);
});

test("every order says what it is for, under a name of its own", () => {
  const { warmUp, rounds, steps } = planLoad(options);
  const all = [warmUp, ...rounds.flatMap(({ orders }) => orders), ...steps.flatMap(({ orders }) => orders.flat())];
  expect(all.every(({ prompt }) => prompt.startsWith(`${PREFIX} 7: `))).toBe(true);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

test("what it may cost counts a second try of every step", () => {
  const { steps, ordersMost } = planLoad(options);
  expect(steps.map(({ users }) => users)).toEqual([1, 2, 4, 5]);
  expect(ordersMost).toBe(1 + 4 * 4 + 2 * 12 * VISITS);
  expect([stepsTo(0), stepsTo(1), stepsTo(16)]).toEqual([[], [1], [1, 2, 4, 8, 16]]);
});

test("medians, percentiles, ratios", () => {
  expect(spread([3, 1, 2, 10])).toEqual({ median: 2.5, min: 1, max: 10 });
  expect(spread([])).toBeNull();
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5);
  expect(percentile([], 0.5)).toBeNaN();
  expect(ratioOf([1, 2, 4], [2, 2, 12])).toEqual({ median: 2, min: 1, max: 3 });
  expect(ratioOf([1, 0], [2, 2]), "nothing to divide by").toBeNull();
  expect(ratioOf([1, 2], [-1, 2]), "a difference below nothing").toBeNull();
});

test("faster is only who is so in every round", () => {
  const [one, two, wide] = [spread([1, 2])!, spread([3, 4])!, spread([2, 3])!];
  expect([fasterOf(one, two), fasterOf(two, one), fasterOf(one, wide), fasterOf(wide, two)]).toEqual(["a", "b", "even", "even"]);
  expect([onceIn(3), onceIn(5)]).toEqual([10, 126]);
});

const round = (bare: number, more: Partial<Round> = {}): Round => ({
  bare: [bare],
  lookUp: [bare + 4],
  read: [bare + 9],
  accept: [bare + 20],
  pickUp: [5],
  generation: [100],
  media: [bare],
  asset: [],
  ...more,
});

test("the database's row is without the way; what one round has not is no row", () => {
  const rows = rowsOf({ a: [round(1), round(2)], b: [round(151), round(152, { media: [] })] });
  const database = rows.find(({ id }) => id === "database")!;
  expect(database).toMatchObject({ a: { median: 4 }, b: { median: 4 }, ratio: { median: 1 }, faster: "even" });
  expect(rows.find(({ id }) => id === "read_p50")).toMatchObject({ a: { median: 10.5 }, b: { median: 160.5 }, faster: "a" });
  expect(rows.map(({ id }) => id)).not.toContain("media");
  expect(rows.map(({ id }) => id)).not.toContain("asset");
});

const step = (users: number, more: Partial<StepResult> = {}): StepResult => ({
  users,
  requests: 9,
  p99: 10,
  failures: [],
  limited: false,
  canceled: 0,
  met: true,
  ...more,
});
const missed = (users: number, more: Partial<StepResult> = {}): StepResult => step(users, { p99: 900, met: false, ...more });

test("users: the last step that was met, the first that was not, and why", () => {
  expect(usersOf([step(1), step(2)])).toMatchObject({ met: 2, missed: null, because: null });
  expect(usersOf([step(1), missed(2), step(2), missed(4), missed(4)])).toMatchObject({ met: 2, missed: 4, because: "target" });
  expect(usersOf([missed(1, { failures: ["b answered 500"] })])).toMatchObject({ met: 0, missed: 1, because: "failures" });
  expect(usersOf([step(1), missed(2, { limited: true })])).toMatchObject({ met: 1, missed: 2, because: "rate_limited" });
});

test("neighbours are not told apart, nor is who was held back by a limit of requests", () => {
  const carries = (met: number, because: "target" | "rate_limited" = "target") =>
    usersOf([step(met), missed(met * 2, { limited: because === "rate_limited" })]);
  expect(carriesMore(carries(8), carries(4))).toBe("even");
  expect(carriesMore(carries(16), carries(4))).toBe("a");
  expect(carriesMore(carries(1), usersOf([step(16)]))).toBe("b");
  expect(carriesMore(carries(1, "rate_limited"), carries(16))).toBe("even");
});
