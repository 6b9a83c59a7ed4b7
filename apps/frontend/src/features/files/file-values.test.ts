import { expect, test } from "vitest";
import { givenIn, listOrNothing, moved, without } from "./file-values.ts";

const [a, b, c] = ["a", "b", "c"].map((upload) => ({ upload })) as [{ upload: string }, { upload: string }, { upload: string }];

test("what the form holds is one file, a list of them, or nothing that it knows", () => {
  expect(givenIn(a)).toEqual([a]);
  expect(givenIn([a, b])).toEqual([a, b]);
  for (const odd of [undefined, null, "upl_x", { url: "https://a" }, [], [null]]) expect(givenIn(odd)).toEqual([]);
});

test("a list that has become empty is nothing", () => {
  expect(listOrNothing(without([a], 0))).toBeUndefined();
  expect(listOrNothing(without([a, b], 0))).toEqual([b]);
});

test("pictures change places, and stay where there is no other", () => {
  expect(moved([a, b, c], 0, 2)).toEqual([b, c, a]);
  expect(moved([a, b, c], 2, 1)).toEqual([a, c, b]);
  for (const [from, to] of [[0, -1], [2, 3], [5, 0]] as const) expect(moved([a, b, c], from, to)).toEqual([a, b, c]);
});
