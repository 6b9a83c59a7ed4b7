/** The capture worker proves the books by itself: what is broken is told once, counted, and printed by verify in the same rows. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAdvance, grant, readGauges, verifyBooks } from "@cooly/engine";
import { createHttpDownloads } from "@cooly/drivers/download/http";
import { createMediaInspector } from "@cooly/drivers/media/by-kind";
import type { Log, Scratch } from "@cooly/engine/ports";
import { createCaptureWorker } from "../../src/workers/capture-worker/index.ts";
import { openGround, openHouse, type Ground, type LogLine } from "../api/fixture.ts";

const metricsToken = "m".repeat(32);
let ground: Ground;
let accountId: string;
const lines: LogLine[] = [];
const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (event, facts = {}) => void lines.push({ level: "error", event, facts }),
};

beforeEach(async () => {
  ground = await openGround();
  lines.length = 0;
  accountId = randomUUID();
  await ground.db.pool.query("insert into accounts (id, name) values ($1, 'test')", [accountId]);
  await grant(ground.db, { accountId, source: "grant", businessKey: accountId, credits: 100, expiresAt: null, reason: null });
});
afterEach(() => ground.close());

/** So many of them, until all is proven and each was there for a moment. */
async function work(workers: number): Promise<void> {
  const stop = new AbortController();
  const { db, doorbell, store } = ground;
  const scratch: Scratch = { land: () => Promise.reject(new Error("nothing comes")) };
  const parts = {
    db,
    doorbell,
    store,
    providers: new Map(),
    catalogue: { version: async () => null },
    downloads: createHttpDownloads(),
    scratch,
    media: createMediaInspector(),
    log,
  };
  const running = Array.from({ length: workers }, () => createCaptureWorker({ ...parts, advance: createAdvance(parts) }).run(stop.signal));
  await expect.poll(async () => (await readGauges(db)).unproven).toBe(0);
  await expect.poll(async () => (await db.pool.query("select 1 from whole_proofs where proven_at is not null")).rowCount).toBe(1);
  stop.abort();
  await Promise.all(running);
}

const violations = (): LogLine[] => lines.filter(({ event }) => event === "capture-worker.violation");

test("two of them tell a broken rule once, and metrics count it until verify finds it mended", async () => {
  await ground.db.pool.query("update lots set remaining = remaining - 1");
  await work(2);
  await work(1);
  expect(violations()).toHaveLength(1);
  const verified = await verifyBooks(ground.db);
  const { invariant, rule, rows } = violations()[0]!.facts as { invariant: string; rule: string; rows: Record<string, unknown>[] };
  expect(verified.violations).toMatchObject([{ invariant, rule }]);
  // The events of before are not read again.
  const ours = ({ events: _events, first: _first, last: _last, reach: _reach, ...row }: Record<string, unknown>): object => row;
  expect(verified.violations[0]!.rows.map(ours)).toEqual(rows.map(ours));
  const house = await openHouse(ground, { settings: { metricsToken } });
  const scrape = async (): Promise<string> => (await house.get("/metrics", { authorization: `Bearer ${metricsToken}` })).text();
  expect(await scrape()).toMatch(/^cooly_broken_rules 1$/m);
  await ground.db.pool.query("update lots set remaining = remaining + 1");
  expect(await verifyBooks(ground.db)).toMatchObject({ violations: [] });
  expect(await scrape()).toMatch(/^cooly_broken_rules 0\n[^]*cooly_unproven_accounts 0$/m);
  await house.close();
});

test("what was broken before it began is found by its first proof of the whole books", async () => {
  await work(1);
  await ground.db.pool.query("update lots set remaining = remaining - 1");
  await work(1);
  expect(violations()).toEqual([]);
  await ground.db.pool.query("update whole_proofs set due_at = now(), proven_at = null");
  await work(1);
  expect(violations()).toMatchObject([{ facts: { invariant: "I4" } }]);
});
