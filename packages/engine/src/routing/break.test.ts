import { expect, test } from "vitest";
import type { Failure } from "../ports/index.ts";
import { breakOf, FAILURES_IN_A_ROW, type Break } from "./break.ts";

const never = null;
test.each<[Failure["class"], { failures: number; times: number }, Break | null]>([
  ["auth", { failures: 1, times: 0 }, { seconds: 60, wide: true }],
  ["billing", { failures: 1, times: 1 }, { seconds: 120, wide: true }],
  ["billing", { failures: 1, times: 20 }, { seconds: 900, wide: true }],
  ["not_available", { failures: 1, times: 0 }, { seconds: 300, wide: false }],
  ["rate_limited", { failures: 1, times: 0 }, { seconds: 2.5, wide: false }],
  ["rate_limited", { failures: 1, times: 3 }, { seconds: 20, wide: false }],
  ["rate_limited", { failures: 1, times: 20 }, { seconds: 60, wide: false }],
  ["transient", { failures: FAILURES_IN_A_ROW - 1, times: 0 }, never],
  ["transient", { failures: FAILURES_IN_A_ROW, times: 0 }, { seconds: 15, wide: false }],
  ["overloaded", { failures: FAILURES_IN_A_ROW, times: 2 }, { seconds: 60, wide: false }],
  ["user_input", { failures: 50, times: 0 }, never],
  ["moderated_input", { failures: 50, times: 0 }, never],
  ["moderated_output", { failures: 50, times: 0 }, never],
  ["permanent", { failures: 50, times: 0 }, never],
])("%s after %j", (found, so, expected) => {
  expect(breakOf({ class: found }, so)).toEqual(expected);
});

test("a vendor that names a longer time is given it", () => {
  expect(breakOf({ class: "rate_limited", retryAfterSeconds: 90 }, { failures: 1, times: 0 })).toEqual({ seconds: 90, wide: false });
});
