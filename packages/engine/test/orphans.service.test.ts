/** What no row points to goes, and nothing else: not in a bucket of somebody else, not what is only late. */
import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { createOrphanPass } from "../../../apps/server/src/workers/session-sweeper/index.ts";
import { Crash, Life } from "../../../test/rig/life.ts";
import { MANIFEST_KEY, sweepOrphans, type Bucket } from "../src/generations/orphans.ts";
import { findGeneration } from "../src/generations/read.ts";
import type { ObjectStore } from "../src/ports/index.ts";
import { openWorld, quietLog, times, type World } from "./fixture.ts";
import { delivered, lendDatabase, openWorkshop, takeMessages } from "./workshop.ts";

const HOUR_MS = 3_600_000;
const options = { mime: "image/png", maxBytes: 1000 };

let world: World;
let bucket: Bucket;
let store: ObjectStore;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  const directory = await mkdtemp(join(world.folder, "bucket-"));
  store = createFilesystemStore({ directory, publicUrl: "", secret: "s".repeat(32) });
  bucket = { name: directory, store, claim: true };
  await world.db.pool.query("delete from orphans");
});

const inHours = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);
const sweep = (hours: number, over: Bucket = bucket) => sweepOrphans(world.db, over, inHours(hours));
const leave = (key: string) => store.put(key, Buffer.from("x"), options);

/** An output that was delivered to `store`. */
async function deliver(): Promise<string> {
  const accountId = await world.accountWith([10]);
  const submitted = await world.submit({ accountId, credits: 1 });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  const { advance } = await openWorkshop(world, { start: async () => delivered }, { store });
  for (const message of await takeMessages(world)) await advance.handle(message);
  return (await findGeneration(world.db, accountId, submitted.generationId))!.outputs[0]!.storage_key!;
}

test("an object without a row goes when a second sweep finds it so, an hour later or more, and it is a day old", async () => {
  const known = await deliver();
  await leave("m/nobody/orphan");
  expect(await sweep(0)).toEqual({ outcome: "swept", removed: 0, noted: 0, uploads: 0 });
  expect(await sweep(25)).toMatchObject({ removed: 0, noted: 1 });
  expect(await sweep(25.5)).toMatchObject({ removed: 0, noted: 1 });
  expect(await sweep(26)).toMatchObject({ removed: 1, noted: 0 });
  expect([await store.stat("m/nobody/orphan"), await world.count("orphans")]).toEqual([null, 0]);
  expect(await store.stat(known)).not.toBeNull();
  expect(await store.stat(known)).toMatchObject({ sizeBytes: 70 });
});

test("an object whose row comes late stays, and is new again if it loses it", async () => {
  const key = await deliver();
  await world.db.pool.query("update outputs set storage_key = 'm/elsewhere' where storage_key = $1", [key]);
  expect(await sweep(25)).toMatchObject({ removed: 0, noted: 1 });
  await world.db.pool.query("update outputs set storage_key = $1 where storage_key = 'm/elsewhere'", [key]);
  expect(await sweep(31)).toMatchObject({ removed: 0, noted: 0 });
  await world.db.pool.query("update outputs set storage_key = 'm/elsewhere' where storage_key = $1", [key]);
  expect(await sweep(37)).toMatchObject({ removed: 0, noted: 1 });
  expect(await sweep(43)).toMatchObject({ removed: 1 });
});

test("what is not media stays, whatever its age", async () => {
  await leave("other/thing");
  await sweep(25);
  await sweep(50);
  expect([await store.stat("other/thing"), await store.stat(MANIFEST_KEY)]).not.toContain(null);
});

test("a bucket that names another installation is left as it is, and that is said once", async () => {
  await store.create(MANIFEST_KEY, Buffer.from(JSON.stringify({ installation: randomUUID(), made_at: new Date().toISOString() })), "application/json");
  for (const number of times(3)) await leave(`m/theirs/${number}`);
  for (const hours of [25, 50, 75]) expect(await sweep(hours)).toMatchObject({ outcome: "not_ours", why: "foreign" });
  expect([await store.stat("m/theirs/0"), await world.count("orphans")]).toEqual([{ sizeBytes: 1 }, 0]);
  const said: object[] = [];
  const pass = createOrphanPass({ db: world.db, buckets: [bucket], log: { ...quietLog, warn: (event, facts) => void said.push({ event, ...facts }) } });
  for (const _ of times(3)) expect(await pass()).toEqual({ removed: 0, uploads: 0 });
  expect(said).toEqual([
    expect.objectContaining({ event: "session-sweeper.bucket_not_ours", bucket: bucket.name, fix: expect.stringContaining("cooly.json") }),
  ]);
});

test.each([
  ["is no JSON", "<html>"],
  ["says something else", '{"name":"cooly"}'],
  ["is empty", ""],
])("a manifest that %s is nobody's leave to delete", async (_what, words) => {
  await store.create(MANIFEST_KEY, Buffer.from(words), "application/json");
  await leave("m/theirs/0");
  for (const hours of [25, 50]) expect(await sweep(hours)).toMatchObject({ outcome: "not_ours", why: "unreadable" });
  expect(await store.stat("m/theirs/0")).not.toBeNull();
});

test("a bucket without a manifest becomes ours if it is empty, or if we know some of it", async () => {
  expect(await sweep(0)).toMatchObject({ outcome: "swept" });
  const { rows } = await world.db.pool.query<{ id: string }>("select id from installation");
  expect(JSON.parse(await text((await store.open(MANIFEST_KEY))!.body))).toMatchObject({ installation: rows[0]!.id });
  await store.remove([MANIFEST_KEY]);
  await deliver();
  for (const number of times(700)) await leave(`m/0/${number}`);
  expect(await sweep(0)).toMatchObject({ outcome: "swept" });
});

test("one that holds media of which we know none is somebody's, though it does not say whose", async () => {
  await leave("m/theirs/0");
  for (const hours of [0, 25, 50]) expect(await sweep(hours)).toMatchObject({ outcome: "not_ours", why: "unclaimed" });
  expect([await store.stat("m/theirs/0"), await store.stat(MANIFEST_KEY)]).toEqual([{ sizeBytes: 1 }, null]);
});

test("a fallback is never claimed, and is swept if it has been ours", async () => {
  await deliver();
  await leave("m/nobody/old");
  const fallback = { ...bucket, claim: false };
  expect(await sweep(25, fallback)).toMatchObject({ outcome: "not_ours", why: "unclaimed" });
  await sweep(25);
  expect(await sweep(50, fallback)).toMatchObject({ outcome: "swept", removed: 1 });
});

test("of two that claim one bucket at once one has it", async () => {
  const other = await openWorld();
  try {
    // All test databases are copies of one.
    await other.db.pool.query("update installation set id = gen_random_uuid()");
    const outcomes = await Promise.all([sweep(0), sweepOrphans(other.db, bucket, inHours(0))]);
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["not_ours", "swept"]);
  } finally {
    await other.close();
  }
});

test("a sweeper that dies on any line leaves work for the next, and deletes nothing that has a row", async () => {
  const known = await deliver();
  const count = await sweepDying(null);
  for (let at = 1; at <= count; at += 1) for (const when of ["before", "after"] as const) await sweepDying({ at, when });
  expect(await store.stat(known)).not.toBeNull();

  async function sweepDying(death: ConstructorParameters<typeof Life>[0]): Promise<number> {
    await world.db.pool.query("delete from orphans");
    for (const number of times(5)) await leave(`m/nobody/${number}`);
    const life = new Life(death);
    const lent = { ...bucket, store: { ...life.lend("store", store), list: (prefix: string) => store.list(prefix) } };
    const db = lendDatabase(life, world.db);
    try {
      for (const hours of [25, 31]) await sweepOrphans(db, lent, inHours(hours));
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    for (const hours of [37, 43]) await sweep(hours);
    for (const number of times(5)) expect(await store.stat(`m/nobody/${number}`), `${death?.when} ${death?.at}`).toBeNull();
    expect(await sweep(43 + 8 * 24)).toMatchObject({ removed: 0, noted: 0 });
    expect(await world.count("orphans")).toBe(0);
    return life.calls.length;
  }
});

test("trouble with one bucket is none of the other's", async () => {
  const broken: Bucket = { name: "broken", claim: true, store: { ...store, open: () => Promise.reject(new Error("away")) } };
  const said: string[] = [];
  const pass = createOrphanPass({ db: world.db, buckets: [broken, bucket], log: { ...quietLog, error: (event) => void said.push(event) } });
  await pass();
  expect(said).toEqual(["session-sweeper.orphans_failed"]);
  expect(await store.stat(MANIFEST_KEY)).not.toBeNull();
});
