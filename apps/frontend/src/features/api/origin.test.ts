import { expect, test } from "vitest";
import { originOf } from "./origin.ts";
import { search } from "./resources.ts";

test("the API is where the studio is, unless it is told otherwise", () => {
  expect(originOf(null)).toBe("");
  expect(originOf("")).toBe("");
  expect(originOf("https://api.example.org/v1/")).toBe("https://api.example.org");
});

test("a query holds what is given, and nothing empty", () => {
  expect(search("/v1/generations", { after: null, limit: 50, q: "a b", status: "" })).toBe("/v1/generations?limit=50&q=a+b");
  expect(search("/v1/generations", {})).toBe("/v1/generations");
});
