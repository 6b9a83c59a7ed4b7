/** The books are proven where they changed, at a price that does not depend on what there is, and as a whole once a day. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { statement, type Database, type Runner } from "../src/db/index.ts";
import { readGauges } from "../src/generations/gauges.ts";
import { grant } from "../src/ledger/index.ts";
import { proveChanged, proveWhole, verifyBooks, type Proof } from "../src/verify/index.ts";
import { openWorld, times, type World } from "./fixture.ts";
import { accountWithPast } from "./history.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** A generation from its order to its charge. */
async function makeOne(accountId: string, db: Pick<Database["pool"], "query"> = world.db.pool): Promise<void> {
  const submitted = await world.submit({ accountId, credits: 5 });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  await db.query("delete from outbox");
  await db.query(
    `select settle_many((select jsonb_agg(jsonb_build_object('output_id', id, 'account_id', account_id, 'state', 'delivered', 'storage_key', 'm/x', 'bytes', 1,
       'sha256', repeat('00', 32))) from outputs where generation_id = $1))`,
    [submitted.generationId],
  );
}

async function proveAll(db: Database = world.db): Promise<Proof[]> {
  const proofs: Proof[] = [];
  do proofs.push(await proveChanged(db));
  while (proofs.at(-1)!.more);
  return proofs;
}

const found = async (db?: Database): Promise<string[]> =>
  (await proveAll(db)).flatMap(({ violations }) => violations.map(({ invariant, rule }) => `${invariant} ${rule}`));
const sql = (text: string): Promise<unknown> => world.db.pool.query(text);

test("what changed is proven once, and then nothing is left to prove", async () => {
  const accounts = await Promise.all(times(3).map(() => world.accountWith([100, 50])));
  for (const accountId of accounts) await makeOne(accountId);
  expect(await proveChanged(world.db)).toEqual({ accounts: 3, generations: 3, violations: [], more: false });
  expect(await readGauges(world.db)).toMatchObject({ unproven: 0, broken: 0 });
  expect(await proveChanged(world.db)).toMatchObject({ accounts: 0 });
  await makeOne(accounts[1]!);
  await grant(world.db, { accountId: accounts[2]!, source: "grant", businessKey: "more", credits: 7, expiresAt: null, reason: null });
  expect(await proveChanged(world.db)).toEqual({ accounts: 2, generations: 1, violations: [], more: false });
  const { rows } = await world.db.pool.query("select granted, reserved, captured, released from proofs order by granted, reserved");
  expect(rows).toMatchObject([{ granted: 150, reserved: 5, captured: 5 }, { granted: 150, reserved: 10, captured: 10, released: 0 }, { granted: 157 }]);
});

const terminal =
  "insert into events (account_id, seq, generation_id, type) select id, event_seq, (select id from generations), 'generation.succeeded' from accounts";
const damages: readonly { what: string; damage: string; breaks: readonly string[] }[] = [
  {
    what: "credits are spent that no transfer knows of",
    damage: "update accounts set spent = spent + 1, available = available - 1",
    breaks: [
      "I1 available + held + spent = granted - expired - clawed back, and each equals its transfers",
      "I4 held = open reservations = open lot allocations, per account",
    ],
  },
  { what: "a lot is emptied", damage: "update lots set remaining = 0", breaks: ["I4 held = open reservations = open lot allocations, per account"] },
  {
    what: "a lot holds what nobody reserved",
    damage: "update lots set held = 3, remaining = remaining - 3",
    breaks: ["I4 held = open reservations = open lot allocations, per account", "I4 a lot holds what its allocations say"],
  },
  {
    what: "a grant is granted twice",
    damage: `alter table lots drop constraint lots_business_key_key;
      insert into lots (id, account_id, source, business_key, granted, remaining) select uuidv7(), account_id, 'grant', business_key, granted, 0 from lots`,
    breaks: ["I1 what is granted for one reason is granted once"],
  },
  {
    what: "a transfer gives what it does not take",
    damage: `alter table transfers drop constraint transfers_sound; alter table transfers disable trigger transfers_append_only;
      update transfers set credit = debit where kind = 'capture'`,
    breaks: ["I2 every transfer takes from one ledger account what it gives to another, so that all of them sum to zero"],
  },
  {
    what: "an output says that less was captured",
    damage: "update outputs set captured = 4, released = 1",
    breaks: ["I3 every terminal output is settled exactly once, and no other is", "I3 a generation's figures are those of its outputs"],
  },
  {
    what: "a generation says that nothing was charged",
    damage: "update generations set charged = 0, released = 5",
    breaks: ["I3 a generation's figures are those of its outputs"],
  },
  {
    what: "a hold is open again",
    damage: "update reservations set open_credits = 5, state = 'open', settled_at = null",
    breaks: ["I4 held = open reservations = open lot allocations, per account", "I4 a reservation is open exactly as far as its outputs are not settled"],
  },
  { what: "an event is missing", damage: "delete from events where seq = 2", breaks: ["I8 the events of an account have no gap"] },
  {
    what: "it ends twice",
    damage: `update accounts set event_seq = event_seq + 1; ${terminal}`,
    breaks: ["I8 a finished generation has one terminal event, its last; an open one has none"],
  },
  {
    what: "what is settled has work",
    damage: "insert into work (output_id, account_id, attempt) select id, account_id, attempt from outputs",
    breaks: ["I9 nothing that is unsettled is without work, and nothing settled has some"],
  },
  {
    what: "work lies about",
    damage: "insert into work (output_id, account_id, attempt, due_at) select id, account_id, attempt, now() - interval '2 minutes' from outputs",
    breaks: ["I9 nothing that is unsettled is without work, and nothing settled has some", "I9 nothing past its deadline is idle"],
  },
];

test.each(damages)("in an account that changed it is found, as verify finds it, and told once: $what", async ({ damage, breaks }) => {
  await makeOne(await world.accountWith([100]));
  await sql(damage);
  const first = await proveChanged(world.db);
  expect(first.violations.map(({ invariant, rule }) => `${invariant} ${rule}`)).toEqual(breaks);
  expect((await readGauges(world.db)).broken).toBe(breaks.length);
  await sql("insert into unproven select id from accounts on conflict do nothing");
  expect(await found()).toEqual([]);
  // The events before the proof are not counted again.
  const whole = await verifyBooks(world.db);
  expect(whole.violations.map(({ invariant, rule }) => `${invariant} ${rule}`)).toEqual(breaks);
  expect(whole.fresh).toEqual([]);
  for (const violation of first.violations.filter(({ rule }) => !rule.includes("events of an account"))) {
    const same = whole.violations.find(({ rule }) => rule === violation.rule)!;
    expect(same.rows.map(identity)).toEqual(violation.rows.map(identity));
  }
});

const identity = ({ account_id, generation_id, output_id, lot_id, transfer_id }: Record<string, unknown>): object => ({
  account_id,
  generation_id,
  output_id,
  lot_id,
  transfer_id,
});

test("in an account that has not changed it is found by a proof of the whole books, and forgotten when it is mended", async () => {
  await makeOne(await world.accountWith([100]));
  expect(await found()).toEqual([]);
  await sql("update outputs set captured = 4, released = 1");
  await makeOne(await world.accountWith([100]));
  expect(await found()).toEqual([]);
  const violations = await proveWhole(world.db);
  expect(violations!.map(({ invariant }) => invariant)).toEqual(["I3", "I3"]);
  expect((await readGauges(world.db)).broken).toBe(2);
  // Once a day, whoever asks.
  expect(await proveWhole(world.db)).toBeNull();
  await sql("update outputs set captured = 5, released = 0");
  await sql("update whole_proofs set due_at = clock_timestamp()");
  const asked = await Promise.all([proveWhole(world.db), proveWhole(world.db)]);
  expect(asked.toSorted()).toEqual([[], null]);
  expect((await readGauges(world.db)).broken).toBe(0);
});

test("who is asked to leave does not finish the whole books first, and they are due again within an hour", async () => {
  await makeOne(await world.accountWith([100]));
  const blocker = await world.db.pool.connect();
  await blocker.query("begin; lock table outputs in access exclusive mode");
  const stop = new AbortController();
  const proving = proveWhole(world.db, stop.signal);
  await expect
    .poll(async () => (await world.db.pool.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).rowCount)
    .toBe(1);
  stop.abort();
  expect(await proving).toBeNull();
  await blocker.query("rollback");
  blocker.release();
  const { rows } = await world.db.pool.query("select due_at < now() + interval '61 minutes' as soon, proven_at from whole_proofs");
  expect(rows).toEqual([{ soon: true, proven_at: null }]);
});

test("a clock that was set back does not put the whole proof off", async () => {
  await sql("update whole_proofs set due_at = clock_timestamp() + interval '1 year'");
  expect(await proveWhole(world.db)).toEqual([]);
});

test("what is under way is judged anew by every proof", async () => {
  await world.submit({ accountId: await world.accountWith([100]), credits: 5 });
  await sql("update work set due_at = now() - interval '2 minutes'");
  expect(await found()).toEqual(["I9 nothing past its deadline is idle"]);
  await sql("update work set due_at = now() + interval '2 minutes'");
  expect(await found()).toEqual([]);
  expect((await readGauges(world.db)).broken).toBe(0);
});

test("a change that commits late is proven late, though others began and ended meanwhile", async () => {
  const [slow, quick] = [await world.accountWith([100]), await world.accountWith([100])];
  expect(await found()).toEqual([]);
  const client = await world.db.pool.connect();
  await client.query("begin");
  await client.query("select ledger_grant(uuidv7(), $1, 'grant', 'late', 10, null, null)", [slow]);
  await client.query("update lots set remaining = remaining - 1 where business_key = 'late'");
  await makeOne(quick);
  expect(await proveAll()).toMatchObject([{ accounts: 1, violations: [] }]);
  await client.query("commit");
  client.release();
  expect(await found()).toEqual(["I4 held = open reservations = open lot allocations, per account"]);
});

test("a change made while it is being proven stays to be proven", async () => {
  const accountId = await world.accountWith([100]);
  await makeOne(accountId);
  const between = interrupted(async () => void (await sql("update accounts set spent = spent + 1, available = available - 1")));
  expect(await proveChanged(between)).toMatchObject({ accounts: 1, violations: [] });
  expect(await found()).toHaveLength(2);
});

test("one that dies between look and note leaves everything to the next", async () => {
  await makeOne(await world.accountWith([100]));
  await sql("update lots set remaining = 0");
  const dying = interrupted(async () => {
    throw new Error("killed");
  });
  await expect(proveChanged(dying)).rejects.toThrow("killed");
  expect(await world.count("unproven")).toBe(1);
  expect(await world.count("proofs")).toBe(0);
  expect(await found()).toEqual(["I4 held = open reservations = open lot allocations, per account"]);
});

/** A database on which something happens after the first transaction. */
function interrupted(happens: () => Promise<void>): Database {
  let transactions = 0;
  return {
    ...world.db,
    async transaction(work, options) {
      if ((transactions += 1) === 2) await happens();
      return world.db.transaction(work, options);
    },
  };
}

test("several at once, while accounts change, prove everything and tell each fault once", async () => {
  const accounts = await Promise.all(times(4).map(() => world.accountWith([1_000])));
  let going = true;
  const prover = async (): Promise<string[]> => {
    const seen: string[] = [];
    while (going) seen.push(...(await found()));
    return seen;
  };
  const provers = [prover(), prover(), prover()];
  for (const round of times(8)) {
    await Promise.all(accounts.map((accountId) => makeOne(accountId)));
    if (round === 3) await sql(`update lots set remaining = remaining - 1 where account_id = '${accounts[0]}'`);
  }
  going = false;
  const told = [...(await Promise.all(provers)).flat(), ...(await found())];
  expect(told).toEqual(["I4 held = open reservations = open lot allocations, per account"]);
  expect(await readGauges(world.db)).toMatchObject({ unproven: 0, broken: 1 });
  const { rows } = await world.db.pool.query(
    `select p.account_id from proofs p join accounts a on a.id = p.account_id
     where p.event_seq <> a.event_seq or p.captured <> a.spent or p.transfer_id <> (select max(id) from transfers t where t.account_id = a.id)`,
  );
  expect(rows).toEqual([]);
});

test("a long past that was never proven is taken in parts, and a fault in a late part is found", async () => {
  const accountId = await accountWithPast(world, 50);
  await sql("update generations set charged = 0, released = 4 where id = (select id from generations order by id desc limit 1)");
  await makeOne(accountId);
  const proofs: Proof[] = [];
  do proofs.push(await proveChanged(world.db, { events: 20 }));
  while (proofs.at(-1)!.more);
  expect(proofs.length).toBeGreaterThan(7);
  expect(proofs.flatMap(({ violations }) => violations)).toMatchObject([{ invariant: "I3", count: 1 }]);
  expect(await world.count("unproven")).toBe(0);
});

const readRows = statement(
  "test.rows_read",
  z.object({ rows: z.number() }),
  "select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint as rows from pg_stat_xact_user_tables",
);

/** Rows that a proof reads of all tables together, one generation after the account was last proven. */
async function priceOfProof(accountId: string): Promise<number> {
  await makeOne(accountId);
  do;
  while ((await proveChanged(world.db, { events: 1_000_000 })).more);
  await makeOne(accountId);
  // Versions that nobody sees any more are read too, until they are removed.
  await sql("vacuum analyze");
  let rows = 0;
  const counted: Database = {
    ...world.db,
    transaction: (work, options) =>
      world.db.transaction(async (tx: Runner) => {
        // What an earlier transaction of this session read is reported late, and counted with it.
        const before = (await tx.one(readRows, [])).rows;
        const result = await work(tx);
        rows += (await tx.one(readRows, [])).rows - before;
        return result;
      }, options),
  };
  expect(await proveChanged(counted)).toMatchObject({ accounts: 1, generations: 1, violations: [], more: false });
  return rows;
}

test("what a proof reads does not grow with the past, of the account or of others", async () => {
  // Both are there from the beginning: of a table with one row or two it may be cheapest to read all.
  const [few, many] = [await accountWithPast(world, 10), await accountWithPast(world, 5_000)];
  await sql("vacuum analyze");
  const [young, old] = [await priceOfProof(few), await priceOfProof(many)];
  expect(young).toBeGreaterThan(10);
  expect(old).toBeLessThanOrEqual(young + 5);
  expect(await verifyBooks(world.db, { lanes: 2 })).toMatchObject({ violations: [] });
}, 60_000);

test("an idle system is asked one question", async () => {
  await makeOne(await world.accountWith([100]));
  await proveAll();
  const before = world.db.statements();
  expect(await proveChanged(world.db)).toMatchObject({ accounts: 0 });
  expect(world.db.statements() - before).toBe(1);
});
