import { readFile } from "node:fs/promises";
import pg from "pg";
import { expect, test } from "vitest";
import { dumpSchema } from "../../../tools/schema-dump.ts";
import { freshDatabase } from "../../../test/postgres.ts";

test("schema.sql is what all migrations make, and a planted difference is seen", async () => {
  const { url, drop } = await freshDatabase();
  const client = new pg.Client(url);
  await client.connect();
  try {
    const committed = await readFile(new URL("../schema.sql", import.meta.url), "utf8");
    expect(await dumpSchema(client), "run: npm run gen").toBe(committed);
    for (const change of [
      "alter table lots alter column reason set not null",
      "drop index lots_of_account",
      "alter table accounts drop constraint accounts_sound",
      "create or replace function ledger_spendable(p_account uuid) returns bigint language sql stable as 'select 5::bigint'",
      "drop trigger transfers_append_only on transfers",
      "create or replace view entries as select id as transfer_id, account_id, debit as ledger_account, credits as amount, created_at from transfers",
    ]) {
      await client.query(`begin; ${change}`);
      expect(await dumpSchema(client), change).not.toBe(committed);
      await client.query("rollback");
    }
  } finally {
    await client.end();
    await drop();
  }
});
