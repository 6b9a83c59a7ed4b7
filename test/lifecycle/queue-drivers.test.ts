/** Real processes on each broker: which one is used is a matter of the environment, with work under way. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { freshDatabase } from "../postgres.ts";
import { startRedis, type RedisServer } from "../servers/redis.ts";
import { startSqs, type SqsServer } from "../servers/sqs.ts";
import { openHouse, type House, type Running } from "./house.ts";

let house: House;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let redis: RedisServer;
let sqs: SqsServer;
let onSqs: NodeJS.ProcessEnv;
let url: string;
let key: string;

beforeAll(async () => {
  [database, redis, sqs] = await Promise.all([freshDatabase(), startRedis(), startSqs()]);
  const port = await freePort(0, "127.0.0.1");
  url = `http://127.0.0.1:${port}`;
  house = await openHouse({ DATABASE_URL: database.url, AUTH_SECRET: randomBytes(32).toString("hex"), PUBLIC_URL: url, HOST: "127.0.0.1" });
  onSqs = { SQS_ENDPOINT: sqs.endpoint, AWS_REGION: "eu-central-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
}, 120_000);
afterAll(async () => {
  await house.remove();
  await Promise.all([database.drop(), redis.close(), sqs.close()]);
});

function begin(roles: string, environment: NodeJS.ProcessEnv): Running {
  const before = { ...house.environment };
  Object.assign(house.environment, environment);
  const process = house.server("serve", "--roles", roles);
  for (const name of Object.keys(environment)) delete house.environment[name];
  Object.assign(house.environment, before);
  return process;
}
async function started(roles: string, environment: NodeJS.ProcessEnv): Promise<Running> {
  const process = begin(roles, environment);
  await process.says("process.ready");
  return process;
}
async function stop({ child, ended }: Running): Promise<void> {
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
}
async function call<T>(path: string, body?: unknown): Promise<T> {
  const headers = { "content-type": "application/json", "idempotency-key": randomBytes(8).toString("hex"), authorization: `Bearer ${key}` };
  const response = await fetch(url + path, { headers, ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }) });
  expect(response.ok).toBe(true);
  return (await response.json()) as T;
}
const order = (): Promise<GenerationView> =>
  call("/v1/generations", { model: "demo/painter", input: { prompt: "a harbour in winter", size: "512x512" }, outputs: 1 });

test("queue setup makes both queues of SQS and prints what to set; the other drivers need nothing", () => {
  const made = house.cooly(["queue", "setup", "--name", "pictures"], { extra: onSqs });
  expect(made).toMatchObject({ status: 0, stderr: "" });
  const lines = made.stdout.split("\n").filter((line) => line.startsWith("SQS_"));
  expect(lines).toHaveLength(2);
  Object.assign(onSqs, Object.fromEntries(lines.map((line) => line.split("="))));
  expect(onSqs["SQS_DLQ_QUEUE_URL"]).toMatch(/\/pictures-dlq$/);
  expect(made.stdout).toContain('"arn:aws:sqs:eu-central-1:000000000000:pictures"');
  const again = house.cooly(["queue", "setup", "--json"], { extra: onSqs });
  expect(JSON.parse(again.stdout)).toMatchObject({ driver: "sqs", environment: { SQS_MAIN_QUEUE_URL: onSqs["SQS_MAIN_QUEUE_URL"] } });
  expect(house.cooly(["queue", "setup"], { extra: { REDIS_URL: redis.url } }).stdout).toBe("The queue is bullmq: nothing has to be set up.\n");
  expect(house.cooly(["queue", "setup"]).stdout).toBe("The queue is postgres: nothing has to be set up.\n");
}, 60_000);

test("an API connects to no broker, not even to one that is not there", async () => {
  house.environment["PORT"] = new URL(url).port;
  // Its cache is elsewhere, and away.
  const api = await started("api", { REDIS_URL: redis.url, CACHE_URL: "redis://127.0.0.1:1" });
  delete house.environment["PORT"];
  expect(api.said()).toContain('"queue":"bullmq"');
  expect(house.cooly(["user", "add", "a@b.co", "--credits", "500", "--json"])).toMatchObject({ status: 0 });
  key = (JSON.parse(house.cooly(["key", "add", "a@b.co", "--json"]).stdout) as { key: string }).key;
  await order();
  const client = redis.client();
  await client.connect();
  // Ours alone.
  expect(
    String(await client.client("LIST"))
      .trim()
      .split("\n"),
  ).toHaveLength(1);
  client.disconnect();
  const other = await started("api", { REDIS_URL: "redis://127.0.0.1:1", PORT: "0" });
  await stop(other);
}, 60_000);

test.each([
  ["bullmq", () => ({ REDIS_URL: redis.url })],
  ["sqs", () => onSqs],
  ["postgres", () => ({})],
] as const)("queue ls and queue redrive ask %s", (_driver, environment) => {
  const listed = house.cooly(["queue", "ls", "--json"], { extra: environment() });
  expect(JSON.parse(listed.stdout)).toMatchObject({ depth: { setAside: 0 } });
  expect(house.cooly(["queue", "redrive"], { extra: environment() }).stdout).toBe("0 messages are back in the queue\n");
});

test("what a chosen queue lacks is said in a sentence each, and ends the process with 78", async () => {
  const lacking = begin("relay,gen", { QUEUE_DRIVER: "sqs", AWS_ACCESS_KEY_ID: "one without the other" });
  expect(await lacking.ended).toBe(78);
  for (const words of ["SQS_MAIN_QUEUE_URL is required", "SQS_DLQ_QUEUE_URL is required", "belong together"]) expect(lacking.said()).toContain(words);
  const other = begin("relay", { QUEUE_DRIVER: "bullmq" });
  expect(await other.ended).toBe(78);
  expect(other.said()).toContain("REDIS_URL is required");
  const asked = house.cooly(["queue", "redrive"], { extra: { QUEUE_DRIVER: "bullmq" } });
  expect(asked).toMatchObject({ status: 78 });
  expect(asked.stderr).toContain("REDIS_URL is required");
}, 60_000);

test("a broker that cannot be used is said in one sentence, and ends the process", async () => {
  const evicting = await startRedis({ words: ["--maxmemory-policy", "allkeys-lru"] });
  const refused = begin("gen", { REDIS_URL: evicting.url });
  expect(await refused.ended).toBe(1);
  expect(refused.said()).toContain("maxmemory-policy allkeys-lru");
  await evicting.close();
  const away = begin("relay", { REDIS_URL: "redis://127.0.0.1:1" });
  expect(await away.ended).toBe(1);
  expect(away.said()).toBe("Nothing answers at 127.0.0.1:1, where REDIS_URL leads: start that Redis, or correct REDIS_URL.\n");
  const gone = begin("relay", { ...onSqs, SQS_MAIN_QUEUE_URL: `${onSqs["SQS_MAIN_QUEUE_URL"]!}-gone` });
  expect(await gone.ended).toBe(1);
  expect(gone.said()).toContain("make it with cooly queue setup");
}, 60_000);

test("dead letters are listed while the broker is away", async () => {
  const { status, stdout } = house.cooly(["queue", "ls"], { extra: { REDIS_URL: "redis://127.0.0.1:1" } });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^waiting      not known: Nothing answers at 127\.0\.0\.1:1.*\ndead letters 0\n/);
}, 30_000);
