/** Sessions on a real database with a real Redis before it: who has left stays out, whatever becomes of Redis. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openRedisCache, type RedisCache } from "@cooly/drivers/cache/redis";
import type { MeView } from "@cooly/contract";
import { createKept } from "../../src/api/auth/kept.ts";
import { startRedis, type RedisServer } from "../../../../test/servers/redis.ts";
import { json, openGround, openHouse, signIn, silent, someone, type Ground, type House, type LogLine, type Someone } from "./fixture.ts";

interface Process {
  readonly house: House;
  readonly cache: RedisCache;
  readonly lines: LogLine[];
}

let ground: Ground;
let redis: RedisServer;
let admin: Redis;
let one: Process;
let other: Process;
let person: Someone;
const opened: Process[] = [];

beforeAll(async () => {
  ground = await openGround();
  await beginRedis();
});
beforeEach(async () => {
  [one, other] = [await open(), await open()];
  person = await someone(one.house);
});
afterEach(() => Promise.all(opened.splice(0).map(close)));
afterAll(async () => {
  admin.disconnect();
  await redis.close();
  await ground.close();
});

async function beginRedis(): Promise<void> {
  if (redis) await redis.start();
  else redis = await startRedis({ words: ["--appendfsync", "always"] });
  admin = new Redis(redis.url);
}

async function killRedis(): Promise<void> {
  admin.disconnect();
  await redis.stop();
  await expect.poll(() => opened.some(({ cache }) => cache.isThere())).toBe(false);
}

async function open(): Promise<Process> {
  const lines: LogLine[] = [];
  const warn = (event: string, facts: object = {}): void => void lines.push({ level: "warn", event, facts });
  const cache = openRedisCache({ url: redis.url, prefix: "kept:", log: { ...silent, warn } });
  await expect.poll(() => cache.isThere()).toBe(true);
  const opening = { house: await openHouse(ground, { parts: { cache } }), cache, lines };
  opened.push(opening);
  return opening;
}

async function close({ house, cache }: Process): Promise<void> {
  await house.close();
  cache.close();
}

const there = async ({ house }: Process, cookie: string): Promise<number> => (await house.get("/v1/me", { cookie })).status;
const tokenOf = (cookie: string): string => decodeURIComponent(cookie.split("=")[1]!).split(".")[0]!;
const kept = async (): Promise<string[]> => (await admin.keys("kept:*")).filter((key) => key !== "kept:epoch");

/** Asks until the session is kept: who was asked from the database first is filled in a moment later. Answers with its key. */
async function untilKept(cookie: string): Promise<string> {
  const before = await kept();
  expect(await there(one, cookie)).toBe(200);
  return another(before);
}

async function another(before: readonly string[]): Promise<string> {
  const fresh = async (): Promise<string[]> => (await kept()).filter((key) => !before.includes(key));
  await expect.poll(fresh).toHaveLength(1);
  return (await fresh())[0]!;
}

async function signedIn(who: Someone = person): Promise<string> {
  const { cookie } = await signIn(one.house, who);
  return cookie!;
}

const act = (process: Process, path: string, body: object, cookie: string): Promise<Response> =>
  process.house.post(`/api/auth/${path}`, body, { cookie, origin: process.house.origin });

/** At once where it happened and wherever nobody has asked yet; elsewhere once nothing is believed from before. */
async function isOutEverywhere(cookie: string): Promise<void> {
  const fresh = await open();
  expect([await there(one, cookie), await there(fresh, cookie)]).toEqual([401, 401]);
  await expect.poll(() => there(other, cookie)).toBe(401);
}

test("a session that another process asked for costs the database nothing but the account, and no token is in Redis", async () => {
  const cookie = await signedIn();
  await untilKept(cookie);
  let questions = 0;
  const { pool } = ground.db;
  const query = pool.query;
  Object.assign(pool, { query: (...words: unknown[]) => ((questions += 1), Reflect.apply(query, pool, words) as unknown) });
  try {
    expect(await there(other, cookie)).toBe(200);
  } finally {
    Object.assign(pool, { query });
  }
  // Whose account it is.
  expect(questions).toBe(1);
  const token = tokenOf(cookie);
  const all = await Promise.all((await admin.keys("*")).map(async (key) => `${key} ${await admin.get(key)}`));
  expect(token).toMatch(/^\w{32}$/);
  expect(all.join("\n")).not.toContain(token);
});

test.each([
  { what: "another role", forge: (text: string) => text.replace('"role":"creator"', '"role":"admin"') },
  { what: "another person", forge: (text: string) => text.replace(/"email":"[^"]*"/, '"email":"else@example.com"') },
  { what: "what was cut off", forge: (text: string) => text.slice(0, -1) },
  { what: "nonsense", forge: (text: string) => `${text.split(" ")[0]} nonsense` },
])("whoever writes to Redis is not believed: $what", async ({ forge }) => {
  const cookie = await signedIn();
  const key = await untilKept(cookie);
  await admin.set(key, forge((await admin.get(key))!), "KEEPTTL");
  expect((await json<MeView>(other.house.get("/v1/me", { cookie }))).person).toMatchObject({ email: person.email, admin: false });
});

test("a session that is gone by the time it is to be prolonged is over, and no failure of ours", async () => {
  const cookie = await signedIn();
  const token = tokenOf(cookie);
  const { rows } = await ground.db.pool.query(
    "select s.id, s.user_id, u.email, u.name, u.role from auth_sessions s join auth_users u on u.id = s.user_id where s.token = $1",
    [token],
  );
  const { id, user_id: userId, ...user } = rows[0] as Record<string, string>;
  const dates = { createdAt: new Date(), updatedAt: new Date() };
  const { storage, note } = createKept({ cache: one.cache, secret: "t".repeat(32), tokensOf: async () => [] });
  const before = await kept();
  expect(await storage.get(token)).toBeNull();
  note({
    session: { token, id, userId, expiresAt: new Date(Date.now() + 3 * 86_400_000), ...dates } as never,
    user: { id: userId, emailVerified: true, ...user, ...dates },
  });
  await another(before);
  await ground.db.pool.query("delete from auth_sessions where token = $1", [token]);
  expect(await there(other, cookie)).toBe(401);
});

test("a sign-out is known to all at once", async () => {
  const cookie = await signedIn();
  await untilKept(cookie);
  expect((await act(one, "sign-out", {}, cookie)).status).toBe(200);
  await isOutEverywhere(cookie);
});

test("a new name is seen at once, from every session of the person", async () => {
  const [here, elsewhere] = [await signedIn(), await signedIn()];
  await untilKept(here);
  await untilKept(elsewhere);
  expect((await act(one, "update-user", { name: "Renamed" }, here)).status).toBe(200);
  for (const cookie of [here, elsewhere]) expect((await json<MeView>(one.house.get("/v1/me", { cookie }))).person?.name).toBe("Renamed");
});

test("while Redis is dead people stay signed in, may sign in and are answered in time; one line says so", async () => {
  const cookie = await signedIn();
  await untilKept(cookie);
  await killRedis();
  const startedMs = performance.now();
  expect(await there(other, cookie)).toBe(200);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  const late = await signedIn();
  expect([await there(one, late), await there(other, late)]).toEqual([200, 200]);
  expect(one.lines.map(({ event }) => event)).toEqual(["cache.away"]);
  await beginRedis();
  await expect.poll(() => one.cache.isThere() && other.cache.isThere()).toBe(true);
  for (const session of [cookie, late]) expect([await there(one, session), await there(other, session)]).toEqual([200, 200]);
});

test.each([
  { what: "a sign-out", path: "sign-out", body: {} },
  { what: "a revocation of everything", path: "revoke-sessions", body: {} },
  { what: "a new password", path: "change-password", body: { currentPassword: "correct horse", newPassword: "battery staple", revokeOtherSessions: true } },
])("$what while Redis is dead does not come back with it", async ({ path, body }) => {
  const [leaving, stranger] = [await signedIn(), await signedIn(await someone(one.house))];
  const keys = [await untilKept(leaving), await untilKept(stranger)];
  await killRedis();
  expect((await act(one, path, body, leaving)).status).toBe(200);
  expect(await there(one, leaving)).toBe(401);
  await beginRedis();
  // It still has what it had.
  expect(await kept()).toEqual(expect.arrayContaining(keys));
  await expect.poll(() => one.cache.isThere() && other.cache.isThere()).toBe(true);
  await isOutEverywhere(leaving);
  expect(await there(one, stranger)).toBe(200);
});

test("a sign-out while Redis is dead, by a process that dies too, does not come back with Redis", async () => {
  const cookie = await signedIn();
  await untilKept(cookie);
  await killRedis();
  expect((await act(one, "sign-out", {}, cookie)).status).toBe(200);
  await close(one);
  opened.splice(opened.indexOf(one), 1);
  await beginRedis();
  await expect.poll(() => other.cache.isThere()).toBe(true);
  one = await open();
  await isOutEverywhere(cookie);
});

test("a person whose sessions the database has lost is out, though Redis never heard of it, once Redis was away", async () => {
  const cookie = await signedIn();
  await untilKept(cookie);
  await ground.db.pool.query("delete from auth_sessions");
  await killRedis();
  await beginRedis();
  await expect.poll(() => one.cache.isThere() && other.cache.isThere()).toBe(true);
  await expect.poll(() => there(one, cookie)).toBe(401);
  await isOutEverywhere(cookie);
});
