/** A result that waits at an address, on a real HTTP server: copied as often as it takes, and asked for once. */
import { readdir } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { requestCancel } from "../src/generations/cancel.ts";
import { listDeadLetters } from "../src/generations/dead-letters.ts";
import { findGeneration, type GenerationRow } from "../src/generations/read.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import type { ObjectStore, Provider, Scratch } from "../src/ports/index.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, type World } from "./fixture.ts";
import { expireLeases, openWorkshop, pixel, takeMessages } from "./workshop.ts";

let world: World;
let accountId: string;
let server: Server;
let answer: RequestListener;
let downloads: number;

beforeEach(async () => {
  world = await openWorld();
  accountId = await world.accountWith([100]);
  downloads = 0;
  server = createServer((request, response) => {
    downloads += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  server.closeAllConnections();
  server.close();
  await world.close();
});

const address = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const delivered = (path = "/result") => ({ kind: "delivered", result: { from: "url", url: address(path) } }) as const;
const whole: RequestListener = (_request, response) => void response.end(pixel);
const truncated: RequestListener = (_request, response) => {
  response.writeHead(200, { "content-length": pixel.length });
  response.write(pixel.subarray(0, 20), () => response.destroy());
};
const status =
  (code: number): RequestListener =>
  (_request, response) =>
    void response.writeHead(code).end();

async function accept(): Promise<string> {
  const submitted = await world.submit({ accountId, credits: 5 });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  return submitted.generationId;
}
const read = async (id: string): Promise<GenerationRow> => (await findGeneration(world.db, accountId, id))!;
const makeDue = () => world.db.pool.query("update work set next_poll_at = now(), due_at = now() where lease_owner is null");

async function work(provider: Partial<Provider> & { start: Provider["start"] }) {
  const workshop = await openWorkshop(world, { resubmit: "billed", ...provider });
  for (const message of await takeMessages(world)) await workshop.advance.handle(message);
  return workshop;
}

test("a copy that breaks off is made again, by any worker, without asking the provider", async () => {
  const id = await accept();
  answer = truncated;
  const first = await work({ start: async () => delivered() });
  expect((await read(id)).outputs[0]).toMatchObject({ state: "finalizing" });
  const second = await openWorkshop(world, { start: () => Promise.reject(new Error("asked again")) });
  answer = status(503);
  await makeDue();
  expect(await second.look(10)).toBe(1);
  answer = whole;
  await makeDue();
  expect(await second.look(10)).toBe(1);
  expect(downloads).toBe(3);
  expect([first.starts.length, second.starts.length]).toEqual([1, 0]);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5, outputs: [{ bytes: pixel.length }] });
});

test("a disk that is full puts a copy off, and is no verdict on it", async () => {
  const id = await accept();
  answer = whole;
  const full: Scratch = { land: () => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" })) };
  const first = await openWorkshop(world, { resubmit: "billed", start: async () => delivered() }, { scratch: full });
  for (const message of await takeMessages(world)) await first.advance.handle(message);
  for (let looks = 0; looks < 7; looks += 1) {
    await makeDue();
    expect(await first.look(10)).toBe(1);
    expect((await read(id)).outputs[0]).toMatchObject({ state: "finalizing" });
  }
  const second = await openWorkshop(world, { resubmit: "billed", start: () => Promise.reject(new Error("asked again")) });
  await makeDue();
  expect(await second.look(10)).toBe(1);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5, outputs: [{ bytes: pixel.length }] });
  expect(await readdir(join(world.folder, "scratch"))).toEqual([]);
});

test("a worker that stops while it copies hands the copy over at once, and leaves nothing", async () => {
  const id = await accept();
  answer = (_request, response) => void response.writeHead(200, { "content-length": pixel.length }).write(pixel.subarray(0, 20));
  const stopping = await openWorkshop(world, { resubmit: "billed", start: async () => delivered() });
  const working = stopping.advance.handle((await takeMessages(world))[0]!);
  const scratch = join(world.folder, "scratch");
  await expect.poll(() => readdir(scratch)).toHaveLength(1);
  stopping.advance.handBack();
  await working;
  expect(await readdir(scratch)).toEqual([]);
  answer = whole;
  const heir = await openWorkshop(world, { resubmit: "billed", start: () => Promise.reject(new Error("asked again")) });
  expect(await heir.look(10)).toBe(1);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5 });
});

test("a store that is away for a moment is given the whole file again", async () => {
  const id = await accept();
  answer = whole;
  const { store } = await openWorkshop(world, { start: async () => delivered() });
  const failures = new Map<boolean, number>();
  const away: ObjectStore = {
    ...store,
    async put(key, body, options) {
      const isThumbnail = key.endsWith(".thumb");
      failures.set(isThumbnail, (failures.get(isThumbnail) ?? 0) + 1);
      if (failures.get(isThumbnail)! > 1) return store.put(key, body, options);
      if (!(body instanceof Uint8Array)) for await (const _piece of body) break;
      throw new Error("away");
    },
  };
  const workshop = await openWorkshop(world, { resubmit: "billed", start: async () => delivered() }, { store: away });
  for (const message of await takeMessages(world)) await workshop.advance.handle(message);
  expect(downloads).toBe(1);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5, outputs: [{ bytes: pixel.length }] });
  expect(await readdir(join(world.folder, "scratch"))).toEqual([]);
});

test("a result that passes the limit is cut off there, is no use, and leaves nothing", async () => {
  const id = await accept();
  let cut = false;
  const more = Buffer.alloc(1024 * 1024);
  answer = (_request, response) => {
    response.once("close", () => (cut = true));
    const send = (): void => {
      while (!response.destroyed && response.write(more));
    };
    response.on("drain", send);
    send();
  };
  await work({ start: async () => delivered() });
  expect(await read(id)).toMatchObject({ status: "failed", charged: 0, error: { code: "result_unusable", message: "The result is larger than allowed." } });
  await expect.poll(() => cut).toBe(true);
  expect(await readdir(join(world.folder, "scratch"))).toEqual([]);
});

test("the copy of a worker that died is taken over", async () => {
  const id = await accept();
  answer = () => undefined;
  const dead = await openWorkshop(world, { resubmit: "billed", start: async () => delivered() });
  void dead.advance.handle((await takeMessages(world))[0]!);
  await expect.poll(async () => (await read(id)).outputs[0]!.state).toBe("finalizing");
  await expireLeases(world);
  expect(await sweepOverdue({ db: world.db, doorbell: { ring() {} }, resubmit: new Map([["test", "billed"]]) })).toMatchObject({ requeued: 1, unknown: 0 });
  answer = whole;
  const heir = await openWorkshop(world, { resubmit: "billed", start: () => Promise.reject(new Error("asked again")) });
  expect(await heir.look(10)).toBe(1);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5 });
  await dead.advance.beat();
});

test("a dead address is asked for anew where the provider can tell", async () => {
  const id = await accept();
  answer = (request, response) => (request.url === "/fresh" ? whole(request, response) : status(410)(request, response));
  const { look } = await work({
    start: async () => ({ kind: "accepted", operation: { task: "t" }, pollAfterSeconds: 0 }),
    look: async () => delivered(downloads === 0 ? "/stale" : "/fresh"),
  });
  expect(await look(10)).toBe(1);
  expect((await read(id)).outputs[0]).toMatchObject({ state: "finalizing" });
  await makeDue();
  expect(await look(10)).toBe(1);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5 });
});

test("a result that is gone is not bought twice: the output fails, uncharged, and an operator can see it", async () => {
  const id = await accept();
  answer = status(404);
  const { starts } = await work({ start: async () => delivered() });
  expect(starts).toHaveLength(1);
  expect(await read(id)).toMatchObject({ status: "failed", charged: 0, released: 5, error: { code: "result_unusable" } });
  expect(await listDeadLetters(world.db, { cause: null, outputIds: null, limit: 10 })).toMatchObject([{ cause: "result_unusable", credits: 5 }]);
});

test("a result that is no picture is not bought twice either, and is made again where that is free", async () => {
  answer = (_request, response) => void response.end("<html>busy</html>");
  const bought = await accept();
  await work({ start: async () => delivered() });
  expect(await read(bought)).toMatchObject({ status: "failed", charged: 0, error: { code: "result_unusable" } });
  const free = await accept();
  await work({ resubmit: "free", start: async () => delivered() });
  expect(await read(free)).toMatchObject({ status: "running" });
});

test("a running task whose deadline has passed is unknown, is asked for by its own id, and a late success is charged", async () => {
  const id = await accept();
  const asked: unknown[] = [];
  let sight: Awaited<ReturnType<NonNullable<Provider["look"]>>> = { kind: "running", pollAfterSeconds: 1 };
  answer = whole;
  const { look } = await work({
    start: async () => ({ kind: "accepted", operation: { task: "t7" }, pollAfterSeconds: 600 }),
    look: async (operation) => (asked.push(operation), sight),
  });
  await world.db.pool.query("update work set due_at = now()");
  expect(await sweepOverdue({ db: world.db, doorbell: { ring() {} }, resubmit: new Map([["test", "billed"]]) })).toMatchObject({ unknown: 1 });
  await makeDue();
  expect(await look(10)).toBe(1);
  expect(await read(id)).toMatchObject({ status: "unknown", charged: 0, released: 0 });
  sight = delivered();
  await makeDue();
  expect(await look(10)).toBe(1);
  expect(asked).toEqual([{ task: "t7" }, { task: "t7" }]);
  expect(await read(id)).toMatchObject({ status: "succeeded", charged: 5 });
});

test("a look that fails is no verdict, whatever it fails with", async () => {
  const id = await accept();
  const { look } = await work({
    start: async () => ({ kind: "accepted", operation: { task: "t" }, pollAfterSeconds: 0 }),
    look: () => Promise.reject(new Error("502 with a page of HTML")),
  });
  expect(await look(10)).toBe(1);
  expect((await read(id)).outputs[0]).toMatchObject({ state: "leased" });
  expect(await read(id)).toMatchObject({ status: "running" });
});

test("a keyed provider whose answer is lost is asked again under the same key; after the last time it is in doubt, not failed", async () => {
  const id = await accept();
  const workshop = await work({ resubmit: "keyed", start: () => Promise.reject(new Error("reset")) });
  for (let round = 1; round < 5; round += 1) {
    expect(await read(id)).toMatchObject({ status: "running" });
    await world.db.pool.query("update work set run_at = now()");
    for (const message of await takeMessages(world)) await workshop.advance.handle(message);
  }
  expect(new Set(workshop.starts.map(({ key }) => key)).size).toBe(1);
  expect(workshop.starts).toHaveLength(5);
  expect(await read(id)).toMatchObject({ status: "unknown", released: 0 });
});

test("a task that the provider stopped at our wish is canceled, not failed", async () => {
  const id = await accept();
  const canceled: unknown[] = [];
  const { look } = await work({
    start: async () => ({ kind: "accepted", operation: { task: "t" }, pollAfterSeconds: 600 }),
    cancel: async (operation) => void canceled.push(operation),
    look: async () => ({ kind: "canceled" }),
  });
  await requestCancel(world.db, { ring() {} }, { accountId, generationId: id });
  expect(await look(10)).toBe(1);
  expect(canceled).toEqual([{ task: "t" }]);
  expect(await read(id)).toMatchObject({ status: "canceled", charged: 0, released: 5 });
});
