/** The whole way of an output, with a bucket as its store and bad weather in between: no row promises what is not there. */
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3Store, type S3Store } from "@cooly/drivers/store/s3";
import { openDice } from "../../../test/chaos/dice.ts";
import { openHttpFaults, type HttpFault, type HttpFaults } from "../../../test/rig/http-faults.ts";
import { useRadosgw } from "../../../test/servers/radosgw.ts";
import { storeOptions } from "../../../test/servers/s3-server.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, times, type World } from "./fixture.ts";
import { delivered, openWorkshop, takeMessages } from "./workshop.ts";

const GENERATIONS = 60;

let world: World;
let proxy: HttpFaults;
let store: S3Store;
let direct: S3Store;

beforeAll(async () => {
  const [opened, server] = await Promise.all([openWorld(), useRadosgw()]);
  world = opened;
  const bucket = await server.makeBucket();
  proxy = await openHttpFaults({ to: server.endpoint });
  store = await createS3Store({ ...storeOptions(server, bucket), endpoint: proxy.url });
  direct = await createS3Store(storeOptions(server, bucket));
}, 120_000);
afterAll(async () => {
  store.close();
  direct.close();
  await proxy.close();
  await world.close();
});

test("outputs that are delivered through a storm have their bytes, and what failed on the way left nothing", async () => {
  const { next, pick } = openDice(7);
  const faults: HttpFault[] = ["unavailable", "cut_up", "cut_down", "lost", "reset", "slow", "error_in_200", "empty_200"];
  const accountId = await world.accountWith([1_000]);
  for (const _ of times(GENERATIONS)) await world.submit({ accountId, credits: 1 });
  const { advance } = await openWorkshop(world, { start: async () => delivered }, { store });
  proxy.choose = () => (next() < 0.2 ? pick(faults) : null);
  await Promise.all((await takeMessages(world)).map((message) => advance.handle(message)));
  proxy.choose = () => null;
  const { rows } = await world.db.pool.query<{ state: string; storage_key: string; thumbnail_key: string; bytes: number; sha256: Buffer }>(
    "select state, storage_key, thumbnail_key, bytes, sha256 from outputs",
  );
  expect(rows.filter(({ state }) => state === "delivered").length).toBeGreaterThan(GENERATIONS * 0.9);
  const pointed = new Set<string>();
  for (const { state, storage_key, thumbnail_key, bytes, sha256 } of rows) {
    if (state !== "delivered") continue;
    const stored = await buffer((await direct.open(storage_key))!.body);
    expect([stored.length, createHash("sha256").update(stored).digest("hex")]).toEqual([bytes, sha256.toString("hex")]);
    expect((await direct.stat(thumbnail_key))!.sizeBytes).toBeGreaterThan(0);
    for (const key of [storage_key, thumbnail_key]) pointed.add(key);
  }
  const lone: string[] = [];
  for await (const { key } of direct.list("m/")) if (!pointed.has(key)) lone.push(key);
  // A thumbnail may be there whose picture failed for good; the sweeper takes it.
  expect(lone.length).toBeLessThan(GENERATIONS / 10);
  expect((await verifyBooks(world.db)).violations).toEqual([]);
  expect(proxy.counts.size).toBe(faults.length);
}, 120_000);
