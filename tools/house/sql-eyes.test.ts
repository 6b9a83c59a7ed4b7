/** Credits move through the ledger's own functions or not at all: nobody else's SQL writes its tables. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import pg from "pg";
import { freshDatabase } from "../../test/postgres.ts";
import { ledgerWrites } from "./sql-eyes.ts";
import { projectFiles, root } from "./tracked.ts";

const ours = /^packages\/engine\/src\/ledger\//;
const sources = projectFiles().filter((file) => /^(apps|packages)\/[^/]+\/src\/.*\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file));

test("no source outside of the ledger writes its tables", () => {
  const found = sources
    .filter((file) => !ours.test(file))
    .flatMap((file) => ledgerWrites(readFileSync(join(root, file), "utf8")).map((write) => `${file}: ${write}`));
  expect(sources.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});

test("in the database, only the ledger's functions write its tables, and accept and settle, whose moves are part of their one statement and which lock the accounts first", async () => {
  const { url, drop } = await freshDatabase();
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; text: string }>(
      "select proname as name, prosrc as text from pg_proc where pronamespace = 'public'::regnamespace order by proname",
    );
    const writers = rows.filter(({ text }) => ledgerWrites(text).length > 0).map(({ name }) => name);
    expect(writers).toEqual(["accept_many", "ledger_expire", "ledger_grant", "settle_many"]);
    const textOf = (name: string): string => rows.find((row) => row.name === name)!.text;
    for (const [name, write] of Object.entries({ accept_many: "insert into reservations", settle_many: "update reservations" })) {
      expect(textOf(name).indexOf("for update")).toBeGreaterThan(0);
      expect(textOf(name).indexOf("for update")).toBeLessThan(textOf(name).indexOf(write));
    }
  } finally {
    await client.end();
    await drop();
  }
});

test.each([
  "update lots set remaining = 0",
  "UPDATE  only public.lots l SET held = 1",
  'insert into "transfers" (kind) values (1)',
  "with gone as (delete from reservations where id = $1 returning id) select 1",
  "merge into reservation_lots r using x on true when matched then delete",
  "truncate table lots",
  "update accounts\n set event_seq = 1, available = available + 1 where id = $1",
  "update accounts a set held = 0",
  "insert into accounts (id, name, granted) values ($1, $2, 5)",
  "delete from accounts where id = $1",
  "select ledger_grant($1, $2, $3, $4, $5, $6, $7)",
  "delete from ${table}",
])("the eyes see a planted fault: %s", (text) => {
  expect(ledgerWrites(`const stolen = statement("x", row, \`${text}\`);`)).not.toEqual([]);
});

test.each([
  "select remaining from lots where account_id = $1 for update",
  "insert into accounts (id, name) values ($1, $2)",
  "update accounts set event_seq = event_seq + 1 where available > 0",
  "update outputs set released = 0 where id = $1",
  "select ledger_spendable($1)",
  "update lots_of_tea set remaining = 0",
])("the eyes let pass: %s", (text) => {
  expect(ledgerWrites(text)).toEqual([]);
});
