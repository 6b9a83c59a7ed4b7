import { expect, test } from "vitest";
import { filterFrom, isFiltered, pathOf } from "./filter-url.ts";

test("a filter and its address are the same thing", () => {
  for (const filter of [{}, { q: "paper boats & co" }, { status: "failed" }, { model: "demo/painter" }, { q: "ä?=", status: "unknown", model: "a/b" }]) {
    const path = pathOf(filter);
    expect(filterFrom(new URL(path, "http://studio").searchParams)).toEqual(filter);
  }
});

test("equal filters have equal addresses, whatever order they were chosen in", () => {
  expect(pathOf({ model: "a/b", q: "x" })).toBe(pathOf({ q: "x", model: "a/b" }));
  expect(pathOf({})).toBe("/gallery");
});

test("what cannot be is left out", () => {
  expect(filterFrom(new URLSearchParams("status=lost&q=%20%20&model="))).toEqual({});
  expect(filterFrom(new URLSearchParams(`q=${"x".repeat(500)}`)).q).toHaveLength(200);
  expect(isFiltered({})).toBe(false);
  expect(isFiltered({ q: "x" })).toBe(true);
});
