/**
 * Five defects by which systems of this kind lose money or work. Each is planted into an experiment that is made twice: without
 * the defect every oracle is silent, with it the named rules are broken. Oracles: `verify`, and `verify` against the provider's log.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSimulatorProvider } from "@cooly/drivers/provider/simulator";
import { startSimulator, type Simulator } from "@cooly/simulator";
import { openCatalogue } from "../src/catalogue/index.ts";
import { openDoorbell } from "../src/db/index.ts";
import { listDeadLetters } from "../src/generations/dead-letters.ts";
import { retryDeadLetter } from "../src/generations/retry-dead-letters.ts";
import { createSubmit } from "../src/generations/submit.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import { grant, readBalance } from "../src/ledger/index.ts";
import { relayBatch } from "../src/outbox/relay.ts";
import type { Message, Provider } from "../src/ports/index.ts";
import { verifyBooks, verifyProviderLog } from "../src/verify/index.ts";
import { openWorld, quietLog, testModel, times, type World } from "./fixture.ts";
import { grantNotUnique, plant, wholeLotCaptured } from "./ledger-faults.ts";
import { makeRound, openWorkshop, type Workshop } from "./workshop.ts";

const GRANTED = 1_000;
const PRICE = 4;
const silent = { ring() {} };

let world: World;
let simulator: Simulator;
let accountId: string;

beforeEach(async () => {
  world = await openWorld();
  accountId = await world.accountWith([GRANTED]);
  simulator = await startSimulator({ plan: { latency_ms: [5, 5] } });
});
afterEach(async () => {
  await simulator.close();
  await world.close();
});

const provide = (): Provider => createSimulatorProvider({ id: "test", url: simulator.url, resubmit: "billed", ambiguousMs: 200 });
const workshopOf = (provider: Provider): Promise<Workshop> => openWorkshop(world, provider);

async function order(way: "poll" | "sync", script: object = {}): Promise<string> {
  const submitted = await world.submit({
    accountId,
    model: { ...testModel, routes: [{ provider: "test", upstream_id: way }] },
    input: { prompt: "a test", size: `${PRICE}x100`, script: JSON.stringify(script) },
  });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  return submitted.generationId;
}

/** The rules that an oracle finds broken. */
async function broken(): Promise<string[]> {
  const violations = [...(await verifyBooks(world.db)).violations, ...(await verifyProviderLog(world.db, simulator.log())).violations];
  return violations.map(({ invariant, rule }) => `${invariant} ${rule}`);
}

async function states(): Promise<string[]> {
  return (await world.db.pool.query<{ state: string }>("select state from outputs order by id")).rows.map(({ state }) => state);
}

async function untilStates(workshop: Workshop, wanted: readonly string[]): Promise<void> {
  await expect.poll(async () => (await makeRound(world, workshop, "billed"), states())).toEqual(wanted);
}

const jobs = (): number => simulator.log().filter(({ what }) => what === "accepted").length;
const billed = (): number => simulator.log().filter(({ what }) => what === "billed").length;

describe.each([{ planted: false }, { planted: true }])("defect planted: $planted", ({ planted }) => {
  test("release by age: a sweeper that gives up what the provider has not answered", async () => {
    await order("poll", { fault: "drop_after_read" });
    const workshop = await workshopOf(provide());
    await workshop.advance.handle((await relayed())[0]!);
    expect(await states()).toEqual(["unknown"]);
    await expect.poll(billed).toBe(1);
    // An hour goes by.
    await world.db.pool.query("update attempts set sent_at = sent_at - interval '1 hour'");
    await world.db.pool.query("update work set due_at = due_at - interval '1 hour'");
    if (planted) await world.db.pool.query(SWEEP_BY_AGE);
    else await sweepOverdue({ db: world.db, doorbell: silent, resubmit: new Map([["test", "billed"]]) });
    expect(await readBalance(world.db, accountId)).toMatchObject(planted ? { held: 0, available: GRANTED } : { held: PRICE });
    await untilStates(workshop, [planted ? "failed" : "delivered"]);
    expect(await readBalance(world.db, accountId)).toMatchObject({ held: 0, spent: planted ? 0 : PRICE });
    expect(await broken()).toEqual(planted ? ["I6 what was billed was fetched, or written off by an operator"] : []);
  });

  test("capture of a whole lot: charging 4 takes 1,000", async () => {
    if (planted) await plant(world, wholeLotCaptured);
    await order("sync");
    await untilStates(await workshopOf(provide()), ["delivered"]);
    expect(await readBalance(world.db, accountId)).toMatchObject(planted ? { available: 0, spent: GRANTED } : { available: GRANTED - PRICE, spent: PRICE });
    expect(await broken()).toEqual(
      planted
        ? [
            "I1 available + held + spent = granted - expired - clawed back, and each equals its transfers",
            "I3 every terminal output is settled exactly once, and no other is",
          ]
        : [],
    );
  });

  test("retry after release: what was paid back is made again, for nothing", async () => {
    await order("poll", { fault: "no_output" });
    const workshop = await workshopOf(provide());
    await untilStates(workshop, ["failed"]);
    expect(await readBalance(world.db, accountId)).toMatchObject({ held: 0, available: GRANTED });
    if (planted) {
      await plant(world, SETTLED_AGAIN);
      await world.db.pool.query(REOPEN);
      await untilStates(workshop, ["delivered"]);
    } else {
      const [letter] = await listDeadLetters(world.db, { cause: null, outputIds: null, limit: 1 });
      const catalogue = openCatalogue({ providers: new Set(["test"]), shipped: [{ ...testModel, routes: [{ provider: "test", upstream_id: "poll" }] }] });
      expect(await retryDeadLetter({ db: world.db, catalogue, submit: createSubmit(world.db, silent) }, letter!)).toMatchObject({ outcome: "retried" });
      await world.db.pool.query("update generations set input = input - 'script'");
      await untilStates(workshop, ["failed", "delivered"]);
    }
    expect(jobs()).toBe(2);
    expect(await readBalance(world.db, accountId)).toMatchObject({ held: 0, available: planted ? GRANTED : GRANTED - PRICE });
    expect(await broken()).toEqual(
      planted
        ? [
            "I3 every terminal output is settled exactly once, and no other is",
            "I8 a finished generation has one terminal event, its last; an open one has none",
            "I6 no output is billed twice",
          ]
        : [],
    );
  });

  test.each([
    { fate: "lost", finds: ["I9 nothing past its deadline is idle"] },
    { fate: "forged", finds: ["I6 every job of the provider is of an output of ours"] },
    { fate: "doubled", finds: ["I6 no output is submitted more often than it was attempted", "I6 no output is billed twice"] },
  ])("NOTIFY payload as truth: a notification that is $fate", async ({ fate, finds }) => {
    const workshop = await workshopOf(provide());
    await order("sync");
    const listener = planted ? await trustPayloads() : await hearBells(workshop);
    const { rows } = await world.db.pool.query<{ id: string }>("select id from outputs");
    const real = { outputId: rows[0]!.id, accountId };
    const told = { lost: [], forged: [real, { ...real, outputId: randomUUID() }], doubled: [real, real] }[fate]!;
    for (const payload of told) await world.db.pool.query("select pg_notify('cooly_outbox', $1)", [JSON.stringify(payload)]);
    if (planted) await listener.heard(told.length);
    else await expect.poll(states).toEqual(["delivered"]);
    await world.db.pool.query("update work set due_at = due_at - interval '10 minutes'");
    expect(await states()).toEqual([planted && fate === "lost" ? "queued" : "delivered"]);
    expect(await broken()).toEqual(planted ? finds : []);
    await listener.close();
  });

  test("non-unique grant: a payment that is told twice pays twice", async () => {
    if (planted) await plant(world, grantNotUnique);
    const payment = { accountId, source: "purchase", businessKey: "payment:1", credits: 500, expiresAt: null, reason: null } as const;
    const said = await Promise.all(times(5).map(() => grant(world.db, payment)));
    expect(said.filter((answer) => answer === "granted")).toHaveLength(planted ? 5 : 1);
    expect(await readBalance(world.db, accountId)).toMatchObject({ available: GRANTED + (planted ? 2_500 : 500) });
    expect(await broken()).toEqual(planted ? ["I1 what is granted for one reason is granted once"] : []);
  });
});

async function relayed(): Promise<Message[]> {
  const messages: Message[] = [];
  await relayBatch(world.db, { publish: async (batch) => void messages.push(...batch) }, { limit: 10 });
  return messages;
}

const SWEEP_BY_AGE = `
  select settle_many((
    select jsonb_agg(jsonb_build_object('output_id', o.id, 'account_id', o.account_id, 'state', 'failed',
      'error', jsonb_build_object('code', 'provider_failed', 'message', 'It took too long.')))
    from work w join outputs o on o.id = w.output_id join attempts a on a.output_id = o.id and a.attempt = o.attempt
    where o.state = 'unknown' and a.sent_at < now() - interval '10 minutes'))`;

/** Puts failed outputs back, with no look at their credits. */
const REOPEN = `
  with open as (
    update outputs set state = 'queued', settled_at = null, captured = 0, released = 0, error = null where state = 'failed'
    returning id, generation_id, account_id, attempt
  ), live as (
    update generations set status = 'queued', charged = 0, released = 0, error = null, finished_at = null
    where id in (select generation_id from open)
  ), worked as (
    insert into work (output_id, account_id, attempt) select id, account_id, attempt from open
  )
  insert into outbox (output_id, attempt) select id, attempt from open`;

/** What keeps such an output from being delivered is that no hold is left to charge. */
const SETTLED_AGAIN = {
  name: "what has no hold left is settled too",
  function: "settle_many",
  stands: "where settled.credits > 0",
  mistake: "where settled.credits > 0 and (select open_credits from reservations where id = settled.generation_id) > 0",
};

interface Listener {
  /** Resolves once it is done with so many notifications. */
  heard(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes what a notification says, as it says it. */
async function trustPayloads(): Promise<Listener> {
  const provider = provide();
  const client = new pg.Client(world.url);
  await client.connect();
  let done = 0;
  const make = async ({ outputId, accountId: account }: { outputId: string; accountId: string }): Promise<void> => {
    await world.db.pool.query(
      `insert into attempts (output_id, attempt, provider, upstream_id, state, sent_at)
       select id, 1, 'test', 'sync', 'sent', now() from outputs where id = $1 on conflict do nothing`,
      [outputId],
    );
    const job = {
      outputId,
      attempt: 1,
      key: outputId,
      upstreamId: "sync",
      input: { prompt: "a test" },
      request: {},
      seed: 1,
      sending: async () => {},
      insist() {},
      progress() {},
    };
    await provider.start(job, AbortSignal.timeout(5_000));
    const verdict = { output_id: outputId, account_id: account, state: "delivered", storage_key: "m/test", bytes: 1, sha256: "00".repeat(32) };
    await world.db.pool.query("select settle_many($1::jsonb)", [JSON.stringify([verdict])]);
  };
  client.on("notification", ({ payload }) => void make(JSON.parse(payload!) as Parameters<typeof make>[0]).finally(() => (done += 1)));
  await client.query("listen cooly_outbox");
  return { heard: (count) => expect.poll(() => done).toBe(count), close: () => client.end() };
}

/** Looks into the tables, on a ring and now and then in any case, as the roles do. */
async function hearBells(workshop: Workshop): Promise<Listener> {
  const doorbell = openDoorbell({ connectionString: world.url, pool: world.db.pool, log: quietLog });
  let inHand: Promise<unknown> = Promise.resolve();
  const pass = (): void => {
    const made = relayed().then((messages) => Promise.all(messages.map((message) => workshop.advance.handle(message))));
    inHand = Promise.all([inHand, made, workshop.look(10)]);
  };
  await expect.poll(() => doorbell.listening()).toBe(true);
  doorbell.onRing("outbox", pass);
  const poll = setInterval(pass, 100);
  return {
    heard: async () => undefined,
    async close() {
      clearInterval(poll);
      await doorbell.close();
      await inHand;
    },
  };
}
