/** What can happen to a ledger: each step is done to the model and to the database, and then the two must agree. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import { statement } from "../src/db/index.ts";
import { requestCancel } from "../src/generations/cancel.ts";
import { claim, markUnknown, requeue } from "../src/generations/leases.ts";
import { expireLots, grant, readBalance } from "../src/ledger/index.ts";
import { proveChanged, verifyBooks } from "../src/verify/index.ts";
import { testModel, type World } from "./fixture.ts";
import { Account, cancel, describe, isSettled, settle, type Books, type Output, type Verdict } from "./ledger-model.ts";

type Step = fc.AsyncCommand<Books, World>;
const HOUR_MS = 3_600_000;
const silent = { ring() {} };

export async function openBooks(world: World): Promise<Books> {
  const client = await world.db.pool.connect();
  await client
    .query(
      `begin; alter table transfers disable trigger transfers_no_truncate;
    truncate accounts cascade;
    truncate generations, idempotency_keys, outputs, work, attempts, outbox, events, transfers, reservations, reservation_lots, dead_letters, upload_uses; alter table transfers enable trigger transfers_no_truncate; commit`,
    )
    .finally(() => client.release());
  return { accounts: [new Account(await world.accountWith([])), new Account(await world.accountWith([]))] };
}

function step(says: string, run: (books: Books, world: World) => Promise<void>): Step {
  return {
    check: () => true,
    toString: () => says,
    async run(books, world) {
      await run(books, world);
      await agree(books, world);
    },
  };
}

async function agree(books: Books, world: World): Promise<void> {
  const { tables } = await world.db.one(readTables, []);
  expect(tables).toEqual(describe(books));
  expect((await verifyBooks(world.db)).violations).toEqual([]);
}

const readTables = statement(
  "test.ledger_tables",
  z.object({ tables: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  `select jsonb_build_object(
    'accounts', (select coalesce(jsonb_object_agg(id, jsonb_build_object(
      'available', available, 'held', held, 'spent', spent, 'granted', granted, 'expired', expired)), '{}') from accounts),
    'lots', (select coalesce(jsonb_object_agg(id, jsonb_build_object('remaining', remaining, 'held', held)), '{}') from lots),
    'reservations', (select coalesce(jsonb_object_agg(id, jsonb_build_object('open', open_credits, 'state', state,
      'parts', (select jsonb_object_agg(lot_id, open_credits) from reservation_lots where reservation_id = reservations.id))), '{}') from reservations),
    'generations', (select coalesce(jsonb_object_agg(id, case when finished_at is null then 'open' else status end), '{}') from generations),
    'outputs', (select coalesce(jsonb_object_agg(id, jsonb_build_object(
      'state', state, 'attempt', attempt, 'captured', captured, 'released', released)), '{}') from outputs)) as tables`,
);

const place = fc.nat({ max: 1_000_000 });
const pick = <Item>(items: readonly Item[], at: number): Item | undefined => items[at % Math.max(1, items.length)];
const accountAt = ({ accounts }: Books, at: number): Account => pick(accounts, at)!;
const generationsOf = ({ accounts }: Books) => accounts.flatMap(({ generations }) => generations);
const outputsOf = (books: Books) => generationsOf(books).flatMap(({ outputs }) => outputs);

const grants = fc
  .record({ account: place, key: fc.nat({ max: 12 }), credits: fc.integer({ min: 1, max: 100 }), hours: fc.option(fc.integer({ min: 1, max: 4 })) })
  .map((given) =>
    step(`grant(${JSON.stringify(given)})`, async (books, world) => {
      const account = accountAt(books, given.account);
      const businessKey = `grant:${account.id}:${given.key}`;
      // Half an hour off the steps of time, so that no lot expires while a step runs.
      const expiresAtMs = given.hours === null ? null : Date.now() + (given.hours - 0.5) * HOUR_MS;
      const expiresAt = expiresAtMs === null ? null : new Date(expiresAtMs);
      const said = await grant(world.db, { accountId: account.id, source: "grant", businessKey, credits: given.credits, expiresAt, reason: null });
      expect(said).toBe(account.grants.has(businessKey) ? "exists" : "granted");
      if (account.grants.has(businessKey)) return;
      account.grants.add(businessKey);
      const { id } = await world.db.one(findLot, [businessKey]);
      account.grant({ id, credits: given.credits, expiresAtMs });
    }),
  );

const findLot = statement("test.find_lot", z.object({ id: z.string() }), "select id from lots where business_key = $1");

const hours = fc.constant(
  step("anHourPasses()", async ({ accounts }, world) => {
    await world.db.pool.query("update lots set expires_at = expires_at - interval '1 hour'");
    for (const lot of accounts.flatMap(({ lots }) => lots)) if (lot.expiresAtMs !== null) lot.expiresAtMs -= HOUR_MS;
  }),
);

const expiries = fc.integer({ min: 1, max: 3 }).map((limit) =>
  step(`expire(${limit})`, async ({ accounts }, world) => {
    const due = accounts.filter((account) => account.toExpire().length > 0).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const lots = due.slice(0, limit).reduce((count, account) => count + account.expire(), 0);
    expect(await expireLots(world.db, limit)).toBe(lots);
  }),
);

const request = fc.record({
  account: place,
  key: fc.option(fc.nat({ max: 5 })),
  credits: fc.integer({ min: 0, max: 25 }),
  outputs: fc.integer({ min: 1, max: 4 }),
});

/** All in one turn of the event loop, so in one call of `accept_many`. */
const accepts = fc.array(request, { minLength: 1, maxLength: 4 }).map((requests) =>
  step(`accept(${JSON.stringify(requests)})`, async (books, world) => {
    const wanted = requests.map(({ account, key, credits, outputs }) => ({
      account: accountAt(books, account),
      request: { key: key === null ? null : `key:${key}`, credits, outputs },
    }));
    const expected = wanted.map(({ account, request: one }) => account.accept(one));
    const said = await Promise.all(
      wanted.map(({ account, request: { key, credits, outputs } }) =>
        world.submit({
          accountId: account.id,
          idempotencyKey: key,
          outputs,
          model: { ...testModel, price: { kind: "per_output", credits } },
          request: { credits, outputs },
        }),
      ),
    );
    for (const [index, answer] of said.entries()) {
      const awaited = expected[index]!;
      if (!("generation" in awaited) || answer.outcome !== awaited.outcome) {
        expect(answer).toEqual(awaited);
        continue;
      }
      if (awaited.outcome === "accepted") {
        awaited.generation.id = answer.generationId;
        const rows = await world.db.rows(findOutputs, [answer.generationId]);
        for (const [place, output] of awaited.generation.outputs.entries()) output.id = rows[place]!.id;
      }
      expect(answer.generationId).toBe(awaited.generation.id);
    }
    for (const { account } of wanted) {
      const spendable = account.lots.filter((lot) => !account.toExpire().includes(lot)).reduce((total, { remaining }) => total + remaining, 0);
      expect((await readBalance(world.db, account.id)).available).toBe(spendable);
    }
  }),
);

const findOutputs = statement("test.find_outputs", z.object({ id: z.string() }), "select id from outputs where generation_id = $1 order by index");

const claims = place.map((at) =>
  step(`claim(${at})`, async (books, world) => {
    const output = pick(outputsOf(books), at);
    if (!output) return;
    const claimed = await claim(world.db, [{ outputId: output.id, attempt: output.attempt }], randomUUID());
    expect(claimed.length).toBe(output.state === "queued" ? 1 : 0);
    if (output.state !== "queued") return;
    output.state = "leased";
    output.attempt += 1;
  }),
);

const losses = fc.record({ at: place, again: fc.boolean(), stale: fc.boolean() }).map((given) =>
  step(`lose(${JSON.stringify(given)})`, async (books, world) => {
    const output = pick(outputsOf(books), given.at);
    if (!output) return;
    const fence = { outputId: output.id, accountId: output.generation.account.id, attempt: output.attempt + (given.stale ? 1 : 0) };
    const inHand = !given.stale && output.attempt > 0 && (output.state === "leased" || (given.again && output.state === "unknown"));
    // A wish to cancel is heard also where another attempt was about to begin.
    if (given.again) {
      const done = await requeue(world.db, { ...fence, afterSeconds: 0, burn: true, error: { code: "provider_failed", message: "it broke" } });
      expect(done).toBe(inHand);
      if (inHand && output.generation.cancelRequested) settle(output, { state: "canceled", attempt: output.attempt });
      else if (inHand) output.state = "queued";
    } else {
      expect(await markUnknown(world.db, { ...fence, why: "reset", lookAfterSeconds: 60 })).toBe(inHand);
      if (inHand) output.state = "unknown";
    }
  }),
);

const verdict = fc.record({
  at: place,
  state: fc.constantFrom<Verdict["state"]>("delivered", "delivered", "refused", "failed", "canceled", "written_off"),
  fence: fc.constantFrom("own", "own", "stale", "none"),
  captured: fc.option(fc.integer({ min: 1, max: 30 })),
});

/** Several at once, some of them for what has settled before. */
const verdicts = fc.array(verdict, { minLength: 1, maxLength: 4 }).map((given) =>
  step(`settle(${JSON.stringify(given)})`, async (books, world) => {
    const outputs = outputsOf(books);
    const chosen = new Map(given.flatMap((one) => (outputs.length > 0 ? [[pick(outputs, one.at)!, one] as const] : [])));
    const all = [...chosen].map(([output, { state, fence, captured }]) => ({
      output,
      verdict: { state, attempt: fence === "none" ? null : output.attempt + (fence === "stale" ? 1 : 0), ...(captured !== null && { captured }) },
    }));
    const columns = all.map(({ output, verdict: one }) => ({
      ...one,
      output_id: output.id,
      account_id: output.generation.account.id,
      ...(one.state === "delivered" && { storage_key: "m/test", bytes: 1, sha256: "00".repeat(32) }),
    }));
    const said = new Map((await world.db.rows(settleAll, [JSON.stringify(columns)])).map(({ output_id, outcome }) => [output_id, outcome]));
    // Which lots get something back depends on who settles first: the outputs of a generation do in their order.
    for (const { output, verdict: one } of all.toSorted((a, b) => outputs.indexOf(a.output) - outputs.indexOf(b.output)))
      expect(settle(output, one), output.id).toBe(said.get(output.id));
  }),
);

const settleAll = statement(
  "test.settle_many",
  z.object({ output_id: z.string(), outcome: z.string() }),
  "select output_id, outcome from settle_many($1::jsonb)",
);

const cancels = place.map((at) =>
  step(`cancel(${at})`, async (books, world) => {
    const generation = pick(generationsOf(books), at);
    if (!generation) return;
    const said = await requestCancel(world.db, silent, { accountId: generation.account.id, generationId: generation.id });
    expect(said).toBe(cancel(generation));
  }),
);

/** Goes on from wherever the last one ended. */
const proofs = fc.constant(step("prove()", async (_books, world) => expect((await proveChanged(world.db)).violations).toEqual([])));

/** Whatever happened before: what is open fails, and nothing is held any more. */
export async function closeBooks(books: Books, world: World): Promise<void> {
  const open = outputsOf(books).filter((output) => !isSettled(output));
  const attemptOf = (output: Output): number | null => (output.state === "queued" ? null : output.attempt);
  const columns = open.map((output) => ({ output_id: output.id, account_id: output.generation.account.id, attempt: attemptOf(output), state: "failed" }));
  await world.db.rows(settleAll, [JSON.stringify(columns)]);
  for (const output of open) settle(output, { state: "failed", attempt: attemptOf(output) });
  await agree(books, world);
  expect(await proveChanged(world.db)).toMatchObject({ violations: [], more: false });
  for (const account of books.accounts) expect(account.figures().held).toBe(0);
}

export const histories = fc.commands([grants, grants, accepts, accepts, claims, claims, verdicts, verdicts, cancels, losses, hours, expiries, proofs], {
  size: "+1",
  maxCommands: 40,
});
