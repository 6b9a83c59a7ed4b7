import { expect, test } from "vitest";
import { STEPS, stepOf } from "./scale.ts";

test("steps only grow, and each one is its own nearest", () => {
  expect(STEPS.toSorted((one, other) => one - other)).toEqual(STEPS);
  expect(STEPS.map(stepOf)).toEqual(STEPS.map((_, index) => index));
});

test("what lies outside goes to the nearest end", () => {
  expect([stepOf(0), stepOf(1), stepOf(1e9)]).toEqual([0, 0, STEPS.length - 1]);
});
