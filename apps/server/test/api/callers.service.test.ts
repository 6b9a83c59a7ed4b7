/** How long a key is believed, and what it costs to know. */
import { setTimeout as sleep } from "node:timers/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scopes } from "@cooly/contract";
import { createApiKey, openDatabase, type Database } from "@cooly/engine";
import { freshDatabase } from "../../../../test/postgres.ts";
import { createCallers, type Callers } from "../../src/api/auth/caller.ts";
import { TRUST_MS } from "../../src/api/auth/keys.ts";

let db: Database;
let drop: () => Promise<void>;
let callers: Callers;
beforeAll(async () => {
  const fresh = await freshDatabase();
  ({ drop } = fresh);
  db = openDatabase({ connectionString: fresh.url, max: 4 });
  callers = createCallers({ db, people: { session: () => Promise.reject(new Error("nobody asks")) } as never });
});
afterAll(async () => {
  await callers.close();
  await db.close();
  await drop();
});

async function keysOf(count: number): Promise<{ key: string; id: string }[]> {
  const { rows } = await db.pool.query<{ id: string }>("insert into accounts (id, name) values (gen_random_uuid(), 'test') returning id");
  const making = Array.from({ length: count }, () => createApiKey(db, { accountId: rows[0]!.id, name: "test", scopes, expiresAt: null }));
  return (await Promise.all(making)).map(({ key, record: { id } }) => ({ key, id }));
}

const call = (key: string) => callers.identify({ headers: { authorization: `Bearer ${key}` } } as IncomingMessage, {} as ServerResponse);

async function questions(act: () => Promise<unknown>): Promise<number> {
  const before = db.statements();
  await act();
  return db.statements() - before;
}

test("keys that come together are looked up together, and those in use are renewed together", async () => {
  const keys = await keysOf(40);
  const all = () => Promise.all(keys.map(({ key }) => call(key)));
  expect(await questions(all)).toBe(1);
  // One renewal for each half of the time that they are believed.
  const asked = await questions(async () => {
    for (let left = 7; left > 0; left -= 1) {
      await sleep(TRUST_MS / 5);
      expect(await questions(all)).toBeLessThanOrEqual(1);
    }
  });
  expect(asked).toBeGreaterThanOrEqual(2);
  expect(asked).toBeLessThanOrEqual(4);
});

test("a key that is in use all the time and revoked elsewhere is refused in time", async () => {
  const [used, other] = (await keysOf(2)) as [{ key: string; id: string }, { key: string; id: string }];
  await call(used.key);
  await db.pool.query("update api_keys set revoked_at = now() where id = $1", [used.id]);
  const startedMs = performance.now();
  let refused = false;
  while (!refused && performance.now() - startedMs < 3 * TRUST_MS) {
    await sleep(100);
    await call(other.key);
    refused = await call(used.key).then(
      () => false,
      () => true,
    );
  }
  expect(refused).toBe(true);
  expect(await call(other.key)).toMatchObject({ by: "key" });
});
