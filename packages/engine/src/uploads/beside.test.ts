import { expect, test } from "vitest";
import { beside } from "./beside.ts";

test("a file beside another one ends as it does", () => {
  expect(beside("/scratch.d/one.landing", "copy")).toBe("/scratch.d/one.copy.landing");
  expect(beside("/scratch.d/one", "copy")).toBe("/scratch.d/one.copy");
});
