/** What an accept asks of the database, in counts: they are the same on a busy machine. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getGeneration } from "@cooly/contract";
import { verifyBooks } from "@cooly/engine";
import { keyWith, openGround, openHouse, painting, type Ground, type House } from "./fixture.ts";

const CLIENTS = 64;

let ground: Ground;
let house: House;
beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground);
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

const post = (headers: Record<string, string>, seed: number): Promise<Response> => house.post("/v1/generations", painting({ seed }), headers);

/** Transactions that wrote the generations there are: every row knows its own. */
async function commits(): Promise<number> {
  const { rows } = await ground.db.pool.query<{ n: number }>("select count(distinct xmin::text)::int as n from generations");
  return rows[0]!.n;
}

/** The tables that one accept, alone in a fresh session, reads from end to end. */
async function readWhole(change: string): Promise<string[]> {
  const session = await ground.db.pool.connect();
  try {
    await session.query("begin");
    await session.query(change);
    const { rows: accounts } = await session.query<{ id: string }>("insert into accounts (id, name) values (uuidv7(), 'reader') returning id");
    await session.query("select ledger_grant(uuidv7(), $1, 'grant', $2, 100, null, null)", [accounts[0]!.id, randomUUID()]);
    const request = {
      id: randomUUID(),
      account_id: accounts[0]!.id,
      idempotency_key: "once",
      request_hash: "00".repeat(32),
      output_ids: [randomUUID()],
      seeds: [1],
      model: "demo/painter",
      model_version: 1,
      kind: "image",
      route: {},
      deadline_seconds: 120,
      input: {},
      metadata: {},
      credits_each: 1,
      outputs: 1,
    };
    const { rows: accepted } = await session.query("select outcome from accept_many($1::jsonb)", [JSON.stringify([request])]);
    expect(accepted).toEqual([{ outcome: "accepted" }]);
    const { rows } = await session.query<{ relname: string }>("select relname from pg_stat_xact_user_tables where seq_scan > 0 order by relname");
    return rows.map(({ relname }) => relname);
  } finally {
    await session.query("rollback");
    session.release(true);
  }
}

test("no table is read as a whole, though the plans are made while all are small and kept while they grow", async () => {
  expect(await readWhole("select")).toEqual([]);
  expect(await readWhole("alter function accept_many(jsonb) reset all")).not.toEqual([]);
});

test("64 callers at once share statements and commits, and every 202 is a row", async () => {
  const callers = await Promise.all(Array.from({ length: CLIENTS }, () => keyWith(house, 1_000)));
  // The first request of each looks its key up, and opens its connection.
  const first = await Promise.all(callers.map((headers, at) => post(headers, at)));
  expect(first.map(({ status }) => status)).toEqual(callers.map(() => 202));

  const before = { commits: await commits(), statements: ground.db.statements() };
  const rounds = 4;
  for (let round = 1; round <= rounds; round += 1) {
    const replies = await Promise.all(callers.map((headers, at) => post(headers, round * CLIENTS + at)));
    expect(replies.map(({ status }) => status)).toEqual(callers.map(() => 202));
  }
  const accepts = rounds * CLIENTS;
  // The limiter's write-back is in it, and on a slow machine a second look-up of keys.
  expect(ground.db.statements() - before.statements).toBeLessThanOrEqual(accepts);
  expect((await commits()) - before.commits).toBeLessThanOrEqual(accepts * 0.5);
  const { rows } = await ground.db.pool.query<{ n: number }>("select count(*)::int as n from generations");
  expect(rows[0]!.n).toBe(accepts + CLIENTS);
  expect((await verifyBooks(ground.db)).violations).toEqual([]);
});

test("an accept alone is one statement", async () => {
  const headers = await keyWith(house, 100);
  await post(headers, 1);
  // Now and then a limit is saved or the log is read meanwhile, which is not the accept's doing: the least counts.
  const costs: number[] = [];
  for (let seed = 2; seed < 7; seed += 1) {
    const before = ground.db.statements();
    await post(headers, seed);
    costs.push(ground.db.statements() - before);
  }
  expect(Math.min(...costs)).toBe(1);
});

test("an accept answers what a look at it answers", async () => {
  const headers = await keyWith(house, 100);
  const reply = await house.post("/v1/generations", painting({ seed: 7 }, { outputs: 3, metadata: { b: "1", a: "2" } }), headers);
  expect(reply.status).toBe(202);
  const accepted = (await reply.json()) as Record<string, unknown>;
  const found = await house.get(`/v1/generations/${String(accepted["id"])}`, headers);
  expect(getGeneration.success.body!.parse(accepted)).toEqual(await found.json());
});
