/** The operator's tool and dead letters: figures before, a bounded rate, Ctrl-C, and the rest of it. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSubmit, openCatalogue, openDatabase, grant } from "@cooly/engine";
import { freshDatabase } from "../postgres.ts";
import { openHouse, type House } from "./house.ts";

const LETTERS = 40;
let house: House;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  house = await openHouse({ DATABASE_URL: database.url });
  const db = openDatabase({ connectionString: database.url, max: 4 });
  const model = openCatalogue({ providers: new Set(["demo"]) }).find("demo/painter")!;
  const submit = createSubmit(db, { ring() {} });
  for (const [credits, count] of [
    [1_000, LETTERS - 1],
    [4, 1],
  ] as const) {
    const accountId = randomUUID();
    await client.query("insert into accounts (id, name) values ($1, 'test')", [accountId]);
    await grant(db, { accountId, source: "grant", businessKey: accountId, credits, expiresAt: null, reason: null });
    const input = { prompt: "a pond", size: "1024x1024" };
    const submission = { accountId, apiKeyId: null, idempotencyKey: null, model, input, outputs: 1, metadata: {}, request: {} };
    await Promise.all(Array.from({ length: count }, () => submit(submission)));
  }
  await client.query(`select settle_many((select jsonb_agg(jsonb_build_object('output_id', id, 'account_id', account_id, 'state', 'failed', 'dead', true,
    'error', jsonb_build_object('code', 'provider_failed', 'message', 'it broke'))) from outputs))`);
  // The other account's credits run out before anybody looks.
  await client.query("update lots set expires_at = now() - interval '1 second' where granted = 4");
  await db.close();
});

afterAll(async () => {
  await client.end();
  await house.remove();
  await database.drop();
});

const open = async (): Promise<number> =>
  (await client.query<{ n: number }>("select count(*)::int as n from dead_letters where resolution is null")).rows[0]!.n;
const generations = async (): Promise<number> => (await client.query<{ n: number }>("select count(*)::int as n from generations")).rows[0]!.n;

test("queue ls groups them by cause and model, prices a retry, and names who cannot pay", () => {
  const { status, stdout, stderr } = house.cooly(["queue", "ls", "--limit", "1"]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^dead letters 40, a retry of all reserves 160 credits now$/m);
  expect(stdout).toMatch(/^ {2}provider_failed +demo\/painter +40 +160 credits$/m);
  expect(stdout).toMatch(/^accounts that cannot pay for theirs: 1\n {2}\S+ {2}1 for 4 credits, has 0$/m);
  expect(stdout).toMatch(/and 39 more; --limit lists them/);
  const answer = JSON.parse(house.cooly(["queue", "ls", "--json"]).stdout) as { letters: object[]; cannot_pay: object[] };
  expect(answer).toMatchObject({ count: LETTERS, retry_credits: 160, groups: [{ cause: "provider_failed", count: LETTERS }] });
  expect([answer.letters.length, answer.cannot_pay.length]).toEqual([LETTERS, 1]);
});

test("queue retry says what it would cost before anybody says yes, and refuses another notation of the rate", () => {
  const asked = house.cooly(["queue", "retry", "--all"]);
  expect(asked).toMatchObject({ status: 2, stdout: "" });
  expect(asked.stderr).toMatch(/^this will retry 40 outputs for 160 credits; 1 accounts cannot pay for all of theirs; say --yes to do it\n/);
  expect(house.cooly(["queue", "retry", "--all", "--rate", "0", "--yes"])).toMatchObject({ status: 2, stdout: "" });
});

test("Ctrl-C stops a retry in order: it says how far it came, and the next run goes on with the rest", async () => {
  const running = house.operator("queue", "retry", "--all", "--rate", "5", "--yes");
  await running.says(" of 40, ");
  running.child.kill("SIGINT");
  expect(await running.ended).toBe(1);
  const left = await open();
  const done = LETTERS - left;
  expect(left).toBeGreaterThan(5);
  const [, told, retried, refused] = /stopped after (\d+) of 40: (\d+) retried, (\d+) refused; the same command goes on with the rest/.exec(running.said())!;
  expect(Number(retried)).toBe(done);
  expect(Number(told)).toBe(done + Number(refused));
  const rest = house.cooly(["queue", "retry", "--all", "--rate", "500", "--yes", "--json"]);
  expect([rest.status, rest.stderr]).toEqual([0, ""]);
  const answer = JSON.parse(rest.stdout) as { retried: object[]; refused: object[] };
  expect(answer.retried.length + done).toBe(LETTERS - 1);
  expect(answer.refused).toMatchObject([{ why: "insufficient" }]);
  expect([await open(), await generations()]).toEqual([1, LETTERS * 2 - 1]);
  expect(house.cooly(["queue", "discard", "--all", "--reason", "nobody pays", "--yes"])).toMatchObject({ status: 0, stdout: "1 discarded\n" });
  expect(await open()).toBe(0);
}, 60_000);
