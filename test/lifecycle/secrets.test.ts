/** What must not be read stands in no line, however well or badly things go. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { startSimulator, type Simulator } from "@cooly/simulator";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { openFaultProxy, type FaultProxy } from "../rig/fault-proxy.ts";
import { freshDatabase } from "../postgres.ts";
import { startRedis, type RedisServer } from "../servers/redis.ts";
import { openHouse, type House, type Running } from "./house.ts";

/** By what it is. Each is looked for in every line, as it is and in the forms that it may take. */
const secrets = new Map<string, string>();
const canary = (what: string, make: (word: string) => string = (word) => word): string => {
  const secret = make(`canary${randomBytes(9).toString("hex")}`);
  secrets.set(what, secret);
  return secret;
};

let house: House;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let simulator: Simulator;
let redis: RedisServer;
let proxy: FaultProxy;
let admin: pg.Client;
let running: Running[];
let url: string;
let key: string;

const role = `canary_${randomBytes(4).toString("hex")}`;

beforeAll(async () => {
  database = await freshDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  const databasePassword = canary("the database's password");
  await admin.query(`create role ${role} login superuser password '${databasePassword}'`);
  const behind = Number(new URL(database.url).port);
  proxy = await openFaultProxy({ to: () => behind });
  const through = new URL(database.url);
  Object.assign(through, { username: role, password: databasePassword, port: String(proxy.port) });
  const cachePassword = canary("the cache's password");
  redis = await startRedis({ password: cachePassword });
  simulator = await startSimulator({ plan: { latency_ms: [20, 20] } });
  const port = await freePort(0, "127.0.0.1");
  url = `http://127.0.0.1:${port}`;
  house = await openHouse({
    DATABASE_URL: through.href,
    DATABASE_DIRECT_URL: through.href,
    AUTH_SECRET: canary("AUTH_SECRET", (word) => word.padEnd(40, "x")),
    PUBLIC_URL: url,
    HOST: "127.0.0.1",
    PORT: String(port),
    LOG_LEVEL: "debug",
    QUEUE_DRIVER: "postgres",
    STORAGE_DRIVER: "filesystem",
    CACHE_URL: `redis://default:${cachePassword}@127.0.0.1:${redis.port}`,
    METRICS_TOKEN: canary("METRICS_TOKEN"),
    SIMULATOR_URL: simulator.url,
    SIMULATOR_SECRET: canary("SIMULATOR_SECRET"),
    S3_ACCESS_KEY_ID: canary("S3_ACCESS_KEY_ID"),
    S3_SECRET_ACCESS_KEY: canary("S3_SECRET_ACCESS_KEY"),
    STORAGE_FALLBACK_SECRET_ACCESS_KEY: canary("STORAGE_FALLBACK_SECRET_ACCESS_KEY"),
    AWS_SECRET_ACCESS_KEY: canary("AWS_SECRET_ACCESS_KEY"),
    // Nobody is there.
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort(0, "127.0.0.1")}`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${canary("the collector's token")}`,
  });
  running = [house.server("serve", "--roles", "api")];
  await running[0]!.says("process.ready");
  house.environment["PORT"] = "0";
  running.push(house.server("serve", "--roles", "relay,gen,capture,sweeper"));
  await running[1]!.says("process.ready");
  house.environment["PORT"] = String(port);
  const email = canary("somebody's address", (word) => `${word}@example.com`);
  // Beside us, as the database is behind a proxy of ours.
  expect(await house.later(["user", "add", email, "--credits", "500", "--json"])).toMatchObject({ status: 0 });
  key = (JSON.parse((await house.later(["key", "add", email, "--json"])).stdout) as { key: string }).key;
  secrets.set("the API key", key);
}, 240_000);

afterAll(async () => {
  await house.remove();
  await Promise.all([simulator.close(), redis.close(), proxy.close()]);
  await admin.query(`drop owned by ${role}; drop role ${role}`).catch(() => undefined);
  await admin.end();
  await database.drop();
});

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${key}` });

const send = (path: string, body: unknown, headers: Record<string, string> = bearer()): Promise<Response> =>
  fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

async function order(
  model: string,
  script: object,
  { headers = {}, ...more }: { headers?: Record<string, string>; metadata?: object } = {},
): Promise<GenerationView> {
  const input = { prompt: canary(`the prompt of ${model} ${JSON.stringify(script)}`), script: JSON.stringify(script) };
  const reply = await send("/v1/generations", { model, input, ...more }, { ...bearer(), ...headers });
  expect(reply.status).toBe(202);
  return (await reply.json()) as GenerationView;
}

const read = async (id: string): Promise<GenerationView> =>
  (await (await fetch(`${url}/v1/generations/${id}`, { headers: bearer() })).json()) as GenerationView;

const ends = (id: string) => expect.poll(async () => (await read(id)).status, { timeout: 40_000 }).toMatch(/succeeded|failed|canceled/);

/** What is well. */
async function goWell(): Promise<string> {
  const password = canary("a password");
  const email = canary("an address", (word) => `${word}@example.com`);
  const reply = await send("/api/auth/sign-up/email", { email, password, name: "Somebody" }, {});
  expect(reply.status).toBe(200);
  const cookie = reply.headers.getSetCookie().map((one) => one.split(";")[0]!);
  const session = decodeURIComponent(
    cookie
      .find((one) => one.includes("session_token"))!
      .split("=")
      .slice(1)
      .join("="),
  );
  secrets.set("a session's token", session.split(".")[0]!);
  secrets.set("a session's signature", session.split(".")[1]!);
  const signed = { cookie: cookie.join("; ") };
  const [quote] = [(await (await send("/v1/quotes", { model: "sim/poll", input: { prompt: "x" } })).json()) as { token: string }];
  secrets.set("a quote", quote.token);
  const made = await order("sim/poll", {}, { metadata: { note: canary("metadata") }, headers: { "idempotency-key": canary("an idempotency key") } });
  await ends(made.id);
  const link = (await read(made.id)).outputs[0]!.url!;
  secrets.set("a link to media", new URL(link).search.slice(1));
  expect((await fetch(link)).status).toBe(200);
  await fetch(`${url}/v1/generations?q=${canary("a search")}`, { headers: signed });
  const newPassword = canary("a new password");
  const changed = await send("/api/auth/change-password", { currentPassword: password, newPassword, revokeOtherSessions: false }, signed);
  expect(changed.status).toBe(200);
  return signed.cookie;
}

/** What callers do wrong. */
async function goWrong(cookie: string): Promise<void> {
  await send("/api/auth/sign-in/email", { email: canary("a stranger's address", (word) => `${word}@example.com`), password: canary("a wrong password") }, {});
  await send("/v1/generations", `{"prompt": "${canary("a body that is no JSON")}`);
  await send("/v1/generations", { model: canary("a model that does not exist"), input: {} });
  await send("/v1/generations", { model: "sim/poll", input: { prompt: "x", [canary("a member")]: canary("its value") } });
  await fetch(`${url}/v1/credits`, { headers: { authorization: `Bearer ${canary("a wrong key", (word) => `ck_${word.padEnd(43, "y")}`)}` } });
  await fetch(`${url}/v1/credits?api_key=${canary("a key in an address")}`, { headers: { cookie: `cooly.session_token=${canary("a forged cookie")}` } });
  await send("/v1/hooks/sim-hook", { secret: canary("a forged webhook") }, { "x-signature": canary("its signature") });
  await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${canary("a wrong token")}` } });
  await send("/v1/keys", { name: "x", scopes: ["generations.read"] }, { cookie });
}

/** What providers do wrong. */
async function beFailed(): Promise<void> {
  const made = [
    await order("sim/poll", { fault: "server_error" }),
    await order("sim/sync", { fault: "drop_after_read" }),
    await order("sim/poll", { fault: "refuse_at_once" }),
    await order("sim/keyed", { fault: "garbage_reply" }),
  ];
  await fetch(`${url}/v1/generations/${made[0]!.id}/cancel`, { method: "POST", headers: bearer() });
}

/** What breaks below. */
async function breakDown(cookie: string): Promise<void> {
  const calls = (): Promise<unknown> =>
    Promise.allSettled([
      fetch(`${url}/v1/credits`, { headers: bearer() }),
      fetch(`${url}/v1/me`, { headers: { cookie } }),
      send("/v1/generations", { model: "sim/poll", input: { prompt: canary("a prompt while all is down") } }),
      send("/api/auth/sign-in/email", { email: "a@b.co", password: canary("a password while all is down") }, {}),
    ]);
  await redis.stop();
  await calls();
  await admin.query("alter table idempotency_keys rename to idempotency_keys_gone; alter table auth_users rename to auth_users_gone");
  await calls();
  await admin.query("alter table idempotency_keys_gone rename to idempotency_keys; alter table auth_users_gone rename to auth_users");
  await admin.query(`alter role ${role} nologin password 'another'`);
  proxy.reset();
  await calls();
  await expect.poll(() => running.every(({ said }) => /password authentication failed|not permitted to log in/.test(said()))).toBe(true);
  await admin.query(`alter role ${role} login password '${secrets.get("the database's password")}'`);
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 20_000 }).toBe(200);
}

const forms = (secret: string): string[] => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replace(/=+$/, "")];

const leaks = (lines: readonly string[]): string[] =>
  [...secrets].flatMap(([what, secret]) =>
    lines.filter((line) => forms(secret).some((form) => line.includes(form))).map((line) => `${what}: ${line.slice(0, 300)}`),
  );

test("none of them is in any line, at the level that says most, through good and bad", async () => {
  const cookie = await goWell();
  await goWrong(cookie);
  await beFailed();
  await breakDown(cookie);
  await expect.poll(() => running.every(({ said }) => said().includes("traces.not_taken")), { timeout: 20_000 }).toBe(true);
  for (const { child, ended } of running) {
    child.kill("SIGTERM");
    await ended;
  }
  const lines = running.flatMap(({ said }) => said().split("\n"));
  // It has been worth looking.
  for (const event of ["api.request", "api.failed", "gen-worker.settled", "cache.away", "traces.not_taken", "pass_failed"])
    expect(
      lines.some((line) => line.includes(event)),
      event,
    ).toBe(true);
  expect(lines.length).toBeGreaterThan(50);
  expect(secrets.size).toBeGreaterThanOrEqual(20);
  expect(leaks(lines)).toEqual([]);
  expect(leaks([`{"link":"https://x/?${encodeURIComponent(secrets.get("a session's signature")!)}"}`])).toHaveLength(1);
}, 150_000);
