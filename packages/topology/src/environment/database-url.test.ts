import { expect, test } from "vitest";
import { parseEnvironment } from "./parse.ts";

const SECRET = "hunter2hunter2";
const parse = (value: string) => parseEnvironment({ DATABASE_URL: value }, { roles: ["relay"], readFile: () => "" });

test.each([
  ["an @ that is not escaped", `postgres://cooly:${SECRET}@x@db.example.com/cooly`],
  ["a / that is not escaped", `postgres://cooly:12/${SECRET}@db.example.com/cooly`],
  ["a ? that is not escaped", `postgres://cooly:12?${SECRET}@db.example.com/cooly`],
  ["a # that is not escaped", `postgres://cooly:12#${SECRET}@db.example.com/cooly`],
  ["a % that escapes nothing", `postgres://cooly:${SECRET}%zz@db.example.com/cooly`],
  ["a space", `postgres://cooly:${SECRET} @db.example.com/cooly`],
  ["a port that is none", `postgres://cooly:${SECRET}@db.example.com:543210/cooly`],
  ["no host", `postgres:///${SECRET}`],
  ["another kind of address", `mysql://cooly:${SECRET}@db.example.com/cooly`],
  ["no address at all", SECRET],
])("%s is one sentence that holds nothing of the value", (_, value) => {
  const { problems } = parse(value);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^DATABASE_URL must .*, for example postgres:\/\/\S+\.$/);
  expect(problems[0]).not.toContain(SECRET);
});

test.each(["postgres://cooly:p%40%2F%23%25@db.example.com:5432/cooly?sslmode=require", "postgresql://db.example.com", "postgres://cooly:a:b@[::1]:5432/cooly"])(
  "%s is an address",
  (value) => {
    expect(parse(value).problems).toEqual([]);
  },
);
