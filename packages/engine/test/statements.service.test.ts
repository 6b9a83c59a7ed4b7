/** Types checked against the schema: every declared statement prepares, and its row is what PostgreSQL would answer. */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { declaredStatements } from "../src/db/index.ts";
import "../src/index.ts";
import { freshDatabase } from "../../../test/postgres.ts";
import { describeStatement } from "./describe-statement.ts";
import { shapeProblems } from "./row-shape.ts";

let client: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await freshDatabase();
  drop = database.drop;
  client = new pg.Client(database.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await drop();
});

/** Columns that may be null in their table, and are not in these rows: what is delivered, or ready, has them, by a CHECK. */
const neverNullHere = new Set<string>([
  "verify.i7.delivered: storage_key may be null, and is not declared so",
  "verify.i7.delivered: bytes may be null, and is not declared so",
  "verify.i7.uploads: storage_key may be null, and is not declared so",
  "verify.i7.uploads: bytes may be null, and is not declared so",
]);

test("every declared statement prepares, and its row has the columns and types of its schema", async () => {
  const problems: string[] = [];
  for (const { name, row, text } of declaredStatements()) {
    const columns = await describeStatement(client, text);
    problems.push(...shapeProblems(row, columns).map((problem) => `${name}: ${problem}`));
  }
  expect(declaredStatements().length).toBeGreaterThan(50);
  expect(problems.filter((problem) => !neverNullHere.has(problem))).toEqual([]);
  expect([...neverNullHere].filter((problem) => !problems.includes(problem))).toEqual([]);
});

test.each([
  ["a column that does not exist", "select id, no_such from lots", "no_such"],
  ["a table that does not exist", "select 1 from purses", "purses"],
])("a planted fault is seen: %s", async (_what, text, word) => {
  await expect(describeStatement(client, text)).rejects.toThrow(word);
});

test.each([
  {
    fault: "a name that differs",
    row: { lot_id: z.string() },
    text: "select id from lots",
    seen: ["lot_id is declared, and not a column", "id is a column, and not declared"],
  },
  { fault: "a type that differs", row: { granted: z.string() }, text: "select granted from lots", seen: ["granted is declared as string, and is bigint"] },
  {
    fault: "a time read as text",
    row: { created_at: z.string() },
    text: "select created_at from lots",
    seen: ["created_at is declared as string, and is timestamp with time zone"],
  },
  { fault: "a null nobody expects", row: { reason: z.string() }, text: "select reason from lots", seen: ["reason may be null, and is not declared so"] },
])("a planted fault is seen: $fault", async ({ row, text, seen }) => {
  expect(shapeProblems(z.object(row), await describeStatement(client, text))).toEqual(seen);
});
