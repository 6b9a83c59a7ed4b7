/** Plans are kept by each connection, and the tables grow under them: what is asked for every output must never read one as a whole. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openDatabase, statement, type Database } from "../src/db/index.ts";
import { requestCancel } from "../src/generations/cancel.ts";
import { claim, heartbeat, markAccepted, markSent, markUnknown, noteResult, reportProgress, requeue } from "../src/generations/leases.ts";
import { tracesOf } from "../src/generations/origin.ts";
import { settle } from "../src/generations/settle.ts";
import { createSubmit } from "../src/generations/submit.ts";
import { grant } from "../src/ledger/index.ts";
import { openWorld, testModel, times, type World } from "./fixture.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const silent = { ring() {} };

/** The tables that a session without any plans reads from end to end while it leads outputs through all that can happen to them. */
async function readWhole(change: string): Promise<string[]> {
  const session = openDatabase({ connectionString: world.url, max: 1 });
  let read: string[] = [];
  const undone = new Error("nothing of it stays");
  await session
    .transaction(async (tx) => {
      await tx.rows(statement(`test.change.${randomUUID()}`, z.object({}), change), []);
      await live({ ...session, ...tx });
      read = (await tx.rows(scans, [])).map(({ relname }) => relname);
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  await session.close();
  return read;
}

const scans = statement(
  "test.scans",
  z.object({ relname: z.string(), scans: z.number() }),
  "select relname, seq_scan as scans from pg_stat_xact_user_tables where seq_scan > 0 order by relname",
);

async function live(db: Database): Promise<void> {
  const accountId = randomUUID();
  await db.rows(openAccount, [accountId]);
  await grant(db, { accountId, source: "grant", businessKey: accountId, credits: 100, expiresAt: null, reason: null });
  const submit = createSubmit(db, silent);
  const owner = randomUUID();
  // After some uses a plan is made for all.
  for (const _ of times(7)) {
    const asked = { accountId, apiKeyId: null, idempotencyKey: randomUUID(), model: testModel, input: { size: "1x100" }, outputs: 2, metadata: {} };
    const submitted = await submit({ ...asked, request: null });
    if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
    const outputId = submitted.row!.outputs[0]!.id;
    await tracesOf(db, [outputId]);
    const [first] = await claim(db, [{ outputId, attempt: 0 }], owner);
    const fence = { outputId, attempt: first!.attempt };
    await markSent(db, [fence], owner);
    await heartbeat(db, [fence], owner);
    await reportProgress(db, [{ ...fence, fraction: 0.5 }]);
    await requeue(db, { ...fence, accountId, afterSeconds: 0, burn: true, error: { code: "provider_failed", message: "once more" } });
    const [again] = await claim(db, [fence], owner);
    const second = { outputId, attempt: again!.attempt };
    await noteResult(db, { ...second, result: { url: "http://localhost/", refreshes: 0, provider_ms: 1 } }, owner);
    await markAccepted(db, { ...second, operation: { id: "1" }, pollAfterSeconds: 60, deadlineSeconds: 60 }, owner);
    await markUnknown(db, { ...second, accountId, why: "no answer", lookAfterSeconds: 60 });
    await settle(db, [{ ...second, accountId, state: "failed", error: { code: "provider_failed", message: "no" } }]);
    // The other output is still in the queue.
    await requestCancel(db, silent, { accountId, generationId: submitted.generationId });
  }
}

const openAccount = statement("test.open", z.object({ id: z.string() }), `insert into accounts (id, name) values ($1, 'test') returning id`);

test("no table is read as a whole, though the plans are made while all are small and kept while they grow", async () => {
  expect(await readWhole("select")).toEqual([]);
});

const reset = (names: readonly string[]): string =>
  `do $$ declare f regproc; begin foreach f in array '{${names.join(",")}}'::regproc[] loop
    execute format('alter function %s reset all', f::regprocedure); end loop; end $$`;

test.each([
  [["note_result"]],
  [["mark_sent"]],
  [["extend_leases"]],
  [["claim_work"]],
  [["settle_many", "requeue_output", "mark_unknown", "report_progress", "request_cancel", "ledger_grant"]],
])("seen to fail without the settings of %j", async (names) => {
  expect(await readWhole(reset(names))).not.toEqual([]);
});

/** Of what is updated, the share that needs no new index entry. */
async function inPlace(change: string): Promise<Record<string, number>> {
  const own = await openWorld();
  const session = openDatabase({ connectionString: own.url, max: 1 });
  try {
    await session.pool.query(change);
    const accountId = await own.accountWith([{ credits: 1_000, expiresAt: new Date(Date.now() + 3_600_000) }]);
    const submit = createSubmit(session, silent);
    const asked = { accountId, apiKeyId: null, idempotencyKey: null, model: testModel, input: { size: "1x100" }, outputs: 1, metadata: {}, request: null };
    for (const _ of times(100)) await submit(asked);
    await session.pool.query("select pg_stat_force_next_flush()");
    const { rows } = await session.pool.query<{ relname: string; share: number }>(
      `select relname, n_tup_hot_upd::float8 / n_tup_upd as share from pg_stat_user_tables where relname in ('accounts', 'lots') and n_tup_upd >= 100`,
    );
    return Object.fromEntries(rows.map(({ relname, share }) => [relname, share]));
  } finally {
    await session.close();
    await own.close();
  }
}

test("an account and its lots are updated in place, and an index that names what changes is seen", async () => {
  const shares = await inPlace("select");
  expect(Object.keys(shares).toSorted()).toEqual(["accounts", "lots"]);
  for (const share of Object.values(shares)) expect(share).toBeGreaterThanOrEqual(0.9);
  expect((await inPlace("create index on lots (expires_at) where remaining > 0"))["lots"]).toBe(0);
});
