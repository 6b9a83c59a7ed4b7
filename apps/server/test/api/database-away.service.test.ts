/** What callers see while a real PostgreSQL is stopped, frozen and back: 503 within five seconds, then all is as before. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isThere, migrate, openDatabase, openDoorbell } from "@cooly/engine";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../src/compose/embedded-postgres.ts";
import { keyWith, openGround, openHouse, painting, silent, someone, type Ground, type House, type Someone } from "./fixture.ts";

let home: string;
let server: EmbeddedPostgres;
let rest: Ground;
let ground: Ground;
let house: House;
let person: Someone;
let key: Record<string, string>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cooly-away-"));
  server = await startEmbeddedPostgres({ home, durable: false });
  await migrate({ connectionString: server.url });
  rest = await openGround();
  const db = openDatabase({ connectionString: server.url, max: 3 });
  const doorbell = openDoorbell({ connectionString: server.url, pool: db.pool, log: silent });
  ground = { ...rest, db, doorbell };
  const readiness = async () => ({ database: { status: (await isThere(db, 1_000)) ? ("up" as const) : ("down" as const) } });
  house = await openHouse(ground, { parts: { readiness } });
  person = await someone(house);
  key = await keyWith(house, 1_000);
});
afterAll(async () => {
  await house.close();
  await ground.doorbell.close();
  await ground.db.close();
  await rest.close();
  await server.stop();
  await rm(home, { recursive: true, force: true });
});

interface Seen {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: string | null;
  readonly shouldRetry: string | null;
}

async function within(ms: number, send: () => Promise<Response>): Promise<Seen> {
  const startedMs = performance.now();
  const reply = await send();
  const { code = "" } = (await reply.json()) as { code?: string };
  expect(performance.now() - startedMs).toBeLessThan(ms);
  return { status: reply.status, code, retryAfter: reply.headers.get("retry-after"), shouldRetry: reply.headers.get("x-should-retry") };
}

const away = { status: 503, code: "unavailable", retryAfter: "1" };
const signIn = (): Promise<Response> => house.post("/api/auth/sign-in/email", { email: person.email, password: person.password }, { origin: house.origin });

async function everythingIsAway(): Promise<void> {
  const [read, keyed, bare, auth, ready] = await Promise.all([
    within(5_000, () => house.get("/v1/credits", key)),
    within(5_000, () => house.post("/v1/generations", painting(), { ...key, "idempotency-key": "while away" })),
    within(5_000, () => house.post("/v1/generations", painting(), key)),
    within(5_000, signIn),
    within(5_000, () => house.get("/readyz")),
  ]);
  for (const seen of [read, keyed, bare, auth]) expect(seen).toMatchObject(away);
  expect([read.shouldRetry, keyed.shouldRetry]).toEqual(["true", "true"]);
  expect(ready.status).toBe(503);
  expect((await house.get("/healthz")).status).toBe(200);
}

async function everythingIsBack(): Promise<void> {
  await expect.poll(async () => (await house.get("/readyz")).status, { timeout: 15_000, interval: 100 }).toBe(200);
  await expect.poll(async () => (await house.get("/v1/credits", key)).status, { timeout: 15_000, interval: 100 }).toBe(200);
  expect((await signIn()).status).toBe(200);
  const reply = await house.post("/v1/generations", painting(), { ...key, "idempotency-key": "while away" });
  expect(reply.status).toBe(202);
}

const connections = async (): Promise<number> => {
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query<{ n: number }>("select count(*)::int as n from generations");
  await client.end();
  return rows[0]!.n;
};

test("stopped: every route says so at once, and all comes back by itself", async () => {
  await server.stop();
  await everythingIsAway();
  server = await startEmbeddedPostgres({ home, durable: false });
  await everythingIsBack();
  expect(await connections()).toBe(1);
});

test("frozen: nobody hangs, and what may have been done is not to be tried again without a key", async () => {
  await house.get("/v1/credits", key);
  process.kill(server.pid, "SIGSTOP");
  const children = await backends(server.pid);
  for (const pid of children) process.kill(pid, "SIGSTOP");
  try {
    await everythingIsAway();
    expect((await within(5_000, () => house.post("/v1/generations", painting(), key))).shouldRetry).toBe("false");
  } finally {
    // The postmaster last: it alone clears away a backend that ended as it was frozen, and its pid with it.
    for (const pid of [...children, server.pid]) process.kill(pid, "SIGCONT");
  }
  await everythingIsBack();
});

async function backends(parent: number): Promise<number[]> {
  // Elsewhere than on Linux the postmaster alone is frozen.
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")));
  return pids.filter((_pid, at) => Number(stats[at]!.slice(stats[at]!.lastIndexOf(")") + 2).split(" ")[1]) === parent);
}
