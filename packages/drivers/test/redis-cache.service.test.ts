/** The cache on a real Redis that is killed, frozen, emptied and back. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createLimiter } from "@cooly/engine";
import { openRedisCache, type RedisCache } from "@cooly/drivers/cache/redis";
import { openFaultProxy } from "../../../test/rig/fault-proxy.ts";
import { startRedis, type RedisServer } from "../../../test/servers/redis.ts";

let server: RedisServer;
let admin: Redis;
const opened: RedisCache[] = [];

beforeAll(async () => {
  await begin();
});
afterEach(() => opened.splice(0).forEach((cache) => cache.close()));
afterAll(async () => {
  admin.disconnect();
  await server.close();
});

/** On the port of the one before, with all that it knew. */
async function begin(): Promise<void> {
  if (server) await server.start();
  else server = await startRedis({ words: ["--appendfsync", "always"] });
  admin = new Redis(server.url);
}

async function kill(): Promise<void> {
  admin.disconnect();
  await server.stop();
}

/** What a process has. */
async function open(prefix: string, url = server.url): Promise<{ cache: RedisCache; lines: string[] }> {
  const lines: string[] = [];
  const note = (level: string) => (event: string) => void lines.push(`${level} ${event}`);
  const cache = openRedisCache({ url, prefix, log: { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") } });
  opened.push(cache);
  await expect.poll(() => cache.isThere()).toBe(true);
  return { cache, lines };
}

const now = (): number => performance.now();

async function within<T>(ms: number, act: () => Promise<T>): Promise<T> {
  const startedMs = now();
  const result = await act();
  expect(now() - startedMs).toBeLessThan(ms);
  return result;
}

test("what one process keeps another finds, for half a minute, under names that tell nothing", async () => {
  const [one, other] = [await open("a:"), await open("a:")];
  // Only what is kept since both stand is believed by both.
  await one.cache.keep("the token", "somebody", now());
  expect(await other.cache.find("the token")).toBe("somebody");
  const keys = await admin.keys("a:*");
  expect(keys.join()).not.toContain("token");
  const lives = await Promise.all(keys.filter((key) => key !== "a:epoch").map((key) => admin.pttl(key)));
  expect(lives.every((ms) => ms > 0 && ms <= 30_000)).toBe(true);
  expect(lives).toHaveLength(1);
});

test("what was dropped is found by nobody, and what was read before does not come back", async () => {
  const [one, other] = [await open("b:"), await open("b:")];
  const readAtMs = now();
  await one.cache.keep("t", "somebody", readAtMs);
  await one.cache.drop(["t"]);
  await other.cache.keep("t", "somebody", readAtMs);
  expect([await one.cache.find("t"), await other.cache.find("t")]).toEqual([null, null]);
  await other.cache.keep("u", "read long ago", now() - 60_000);
  expect(await other.cache.find("u")).toBeNull();
});

test("what is dropped while Redis is dead does not come back with it: not here, not elsewhere, not after a restart of the process", async () => {
  const [one, other] = [await open("c:"), await open("c:")];
  await one.cache.keep("left", "somebody", now());
  await one.cache.keep("stays", "somebody else", now());
  const readBeforeMs = now();
  await kill();
  await within(1_000, () => one.cache.drop(["left"]));
  expect(await within(100, () => one.cache.find("left"))).toBeNull();
  await begin();
  expect(await admin.exists((await admin.keys("c:*")).filter((key) => key !== "c:epoch"))).toBe(2);
  await expect.poll(() => one.cache.isThere() && other.cache.isThere()).toBe(true);
  const restarted = await open("c:");
  for (const { cache } of [one, other, restarted]) expect(await cache.find("left")).toBeNull();
  // Who has read before Redis died does not know what Redis has lost.
  await other.cache.keep("read before", "somebody", readBeforeMs);
  expect(await other.cache.find("read before")).toBeNull();
  // A request that had read it before it left.
  await other.cache.keep("left", "somebody", now());
  for (const { cache } of [one, other, restarted]) expect(await cache.find("left")).toBeNull();
  await restarted.cache.keep("stays", "somebody else", now());
  expect(await one.cache.find("stays")).toBe("somebody else");
  expect(one.lines).toEqual(["warn cache.away", "info cache.back"]);
});

test("what one process drops while it alone is cut off, it tells as soon as it is back: those who were connected do not find it any more", async () => {
  const proxy = await openFaultProxy({ to: () => server.port });
  try {
    const [cut, other] = [await open("g:", `redis://127.0.0.1:${proxy.port}`), await open("g:")];
    await cut.cache.keep("left", "somebody", now());
    proxy.set("both", { blackhole: true });
    await within(1_000, () => cut.cache.drop(["left"]));
    expect([cut.cache.isThere(), await cut.cache.find("left")]).toEqual([false, null]);
    expect(await other.cache.find("left")).toBe("somebody");
    proxy.reset();
    proxy.calm();
    await expect.poll(() => other.cache.find("left")).toBeNull();
    expect(other.lines).toEqual([]);
  } finally {
    await proxy.close();
  }
});

test("a process that dies before it could tell leaves nothing that a new one believes", async () => {
  const one = await open("d:");
  await one.cache.keep("left", "somebody", now());
  // Whether the copy is an old one, or nobody counts any more.
  await admin.del("d:epoch");
  const next = await open("d:");
  expect(await next.cache.find("left")).toBeNull();
  await next.cache.keep("left", "somebody", now());
  expect(await next.cache.find("left")).toBe("somebody");
});

test("frozen: nobody waits longer than a moment, and then not at all, until it is back", async () => {
  const { cache, lines } = await open("e:");
  await cache.keep("t", "somebody", now());
  process.kill(server.pid, "SIGSTOP");
  try {
    expect(await within(1_000, () => cache.find("t"))).toBeNull();
    const all = Array.from({ length: 100 }, () => cache.find("t"));
    expect((await within(100, () => Promise.all(all))).every((found) => found === null)).toBe(true);
    expect(cache.isThere()).toBe(false);
  } finally {
    process.kill(server.pid, "SIGCONT");
  }
  await expect.poll(() => cache.isThere()).toBe(true);
  expect(await cache.find("t")).toBeNull();
  expect(lines).toEqual(["warn cache.away", "info cache.back"]);
});

test("a user who may touch nothing but the keys of this installation is enough", async () => {
  await admin.call("ACL", "SETUSER", "cooly", "on", ">words", "~h:*", "+@all", "-@admin", "-@dangerous", "+info");
  const { cache, lines } = await open("h:", `redis://cooly:words@127.0.0.1:${server.port}`);
  await cache.keep("t", "somebody", now());
  expect(await cache.find("t")).toBe("somebody");
  await cache.drop(["t"]);
  expect(await cache.find("t")).toBeNull();
  expect(await cache.hits.add([{ key: "k", window: new Date(0), hits: 3 }])).toEqual([3]);
  expect(lines).toEqual([]);
});

test("a wrong password is one line, and no reason to keep anybody waiting", async () => {
  const lines: string[] = [];
  const note = (event: string): void => void lines.push(event);
  const cache = openRedisCache({
    url: `redis://cooly:wrong@127.0.0.1:${server.port}`,
    prefix: "i:",
    log: { debug: note, info: note, warn: note, error: note },
  });
  opened.push(cache);
  await expect.poll(() => lines).toEqual(["cache.away"]);
  expect(await within(100, () => cache.find("t"))).toBeNull();
  await within(100, () => cache.drop(["t"]));
});

test("two processes share a limit through Redis; while it is dead each goes on by itself, and then they share again", async () => {
  const processes = [await open("f:"), await open("f:")];
  const lines: string[] = [];
  const note = (event: string): void => void lines.push(event);
  const minute = Date.now();
  const limiters = processes.map(({ cache: { hits } }) =>
    createLimiter({ hits, log: { debug: note, info: note, warn: note, error: note }, nowMs: () => minute }),
  );
  const [one, other] = limiters as [(typeof limiters)[0], (typeof limiters)[0]];
  for (let count = 0; count < 60; count += 1) one.hit("busy", 100);
  for (let count = 0; count < 5; count += 1) other.hit("busy", 100);
  await expect.poll(() => other.hit("busy", 100).remaining).toBeLessThan(40);

  await kill();
  await expect.poll(() => processes.every(({ cache }) => !cache.isThere())).toBe(true);
  const alone = Array.from({ length: 1_000 }, () => one.hit("new", 100).allowed).filter(Boolean);
  expect(alone).toHaveLength(100);
  await expect.poll(() => lines).toEqual(["limits.sync_failed"]);

  await begin();
  await expect.poll(() => lines).toContain("limits.sync_restored");
  for (let count = 0; count < 5; count += 1) other.hit("new", 100);
  await expect.poll(() => other.hit("new", 100).allowed).toBe(false);
  await Promise.all(limiters.map((limiter) => limiter.close()));
});
