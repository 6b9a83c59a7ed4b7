/** Two processes make pictures, and are watched by their figures, their lines and their traces. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { startSimulator, type Simulator } from "@cooly/simulator";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { metrics } from "../../apps/server/src/metrics/list.ts";
import { freshDatabase } from "../postgres.ts";
import { startOtlp, type OtlpServer, type SeenSpan } from "../servers/otlp.ts";
import { openHouse, type House, type Running } from "./house.ts";

const token = randomBytes(16).toString("hex");
const workerRoles = "relay,gen,capture,sweeper";
let house: House;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let simulator: Simulator;
let otlp: OtlpServer;
let api: { running: Running; url: string };
let workers: { running: Running; url: string };
let key: string;

beforeAll(async () => {
  database = await freshDatabase();
  simulator = await startSimulator({ plan: { latency_ms: [50, 50] } });
  otlp = await startOtlp();
  const port = await freePort(0, "127.0.0.1");
  house = await openHouse({
    DATABASE_URL: database.url,
    AUTH_SECRET: randomBytes(32).toString("hex"),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    HOST: "127.0.0.1",
    PORT: String(port),
    METRICS_TOKEN: token,
    LOG_LEVEL: "debug",
    SIMULATOR_URL: simulator.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20collector",
  });
  api = await begin("api");
  house.environment["PORT"] = "0";
  workers = await begin(workerRoles);
  house.environment["PORT"] = String(port);
  expect(house.cooly(["user", "add", "a@b.co", "--credits", "500", "--json"])).toMatchObject({ status: 0, stderr: "" });
  key = (JSON.parse(house.cooly(["key", "add", "a@b.co", "--json"]).stdout) as { key: string }).key;
}, 240_000);

afterAll(async () => {
  await house.remove();
  await simulator.close();
  await otlp.close();
  await database.drop();
});

interface Line extends Record<string, unknown> {
  readonly level: string;
  readonly event: string;
}

const linesOf = ({ running }: { running: Running }): Line[] =>
  running
    .said()
    .split("\n")
    .flatMap((line) => (line.startsWith("{") && line.endsWith("}") ? [JSON.parse(line) as Line] : []));

async function begin(roles: string): Promise<{ running: Running; url: string }> {
  const running = house.server("serve", "--roles", roles);
  await running.says("process.ready");
  const { port } = linesOf({ running }).find(({ event }) => event === "process.ready") as unknown as { port: number };
  return { running, url: `http://127.0.0.1:${port}` };
}

async function order(model: string, headers: Record<string, string> = {}): Promise<GenerationView> {
  const reply = await fetch(`${api.url}/v1/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, input: { prompt: "a lighthouse" } }),
  });
  expect(reply.status).toBe(202);
  return (await reply.json()) as GenerationView;
}

const read = async (id: string): Promise<GenerationView> =>
  (await (await fetch(`${api.url}/v1/generations/${id}`, { headers: { authorization: `Bearer ${key}` } })).json()) as GenerationView;

async function succeeds({ id }: GenerationView): Promise<void> {
  await expect.poll(async () => (await read(id)).status, { timeout: 30_000 }).toBe("succeeded");
}

async function figuresOf(url: string): Promise<string> {
  const reply = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(reply.status).toBe(200);
  return reply.text();
}

const figure = (text: string, name: string): number =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1) ?? Number.NaN,
  );

/** Those of a trace, by name; each stands below another one of it, or below nobody. */
function connected(spans: readonly SeenSpan[], root: string | null): string[] {
  const ids = new Set([...spans.map(({ spanId }) => spanId), root]);
  expect(spans.filter(({ parentSpanId }) => !ids.has(parentSpanId))).toEqual([]);
  return spans.map(({ name }) => name).toSorted();
}

test("one trace leads from the caller's own span through both processes to the stored picture", async () => {
  const traceId = randomBytes(16).toString("hex");
  const caller = randomBytes(8).toString("hex");
  await succeeds(await order("sim/poll", { traceparent: `00-${traceId}-${caller}-01` }));
  const seen = (): SeenSpan[] => otlp.spans.filter((span) => span.traceId === traceId);
  await expect.poll(() => seen().filter(({ name }) => name === "storage.put").length).toBe(2);
  await expect.poll(() => seen().map(({ name }) => name)).toContain("gen-worker.look");
  const names = connected(seen(), caller);
  for (const name of [
    "POST /v1/generations",
    "generations.accept",
    "outbox-relay.publish",
    "queue.wait",
    "gen-worker.attempt",
    "provider.start",
    "gen-worker.look",
    "provider.look",
    "storage.put",
  ])
    expect(names).toContain(name);
  expect(new Set(seen().map(({ resource }) => resource["cooly.roles"]))).toEqual(new Set(["api", workerRoles]));
  const named = (name: string): SeenSpan => seen().find((span) => span.name === name)!;
  const above = (span: SeenSpan): string | undefined => seen().find(({ spanId }) => spanId === span.parentSpanId)?.name;
  expect(named("POST /v1/generations").parentSpanId).toBe(caller);
  expect(["generations.accept", "outbox-relay.publish", "gen-worker.attempt", "provider.start", "storage.put"].map((name) => above(named(name)))).toEqual([
    "POST /v1/generations",
    "generations.accept",
    "generations.accept",
    "gen-worker.attempt",
    "gen-worker.look",
  ]);
  const all = JSON.stringify(otlp.spans, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  for (const secret of [key, token, "lighthouse", "a@b.co", "http://"]) expect(all).not.toContain(secret);
  expect(otlp.headers.every(({ authorization }) => authorization === "Bearer collector")).toBe(true);
}, 60_000);

test("without a caller's span each generation has a trace of its own, and a caller who is not sampled has none", async () => {
  const before = new Set(otlp.spans.map(({ traceId }) => traceId));
  const quiet = randomBytes(16).toString("hex");
  await Promise.all(
    [order("sim/sync"), order("sim/sync"), order("sim/sync", { traceparent: `00-${quiet}-${randomBytes(8).toString("hex")}-00` })].map(async (one) =>
      succeeds(await one),
    ),
  );
  const attempts = () => otlp.spans.filter(({ name, traceId }) => name === "gen-worker.attempt" && !before.has(traceId));
  await expect.poll(() => attempts().length).toBe(2);
  const traces = attempts().map(({ traceId }) => traceId);
  expect(new Set(traces).size).toBe(2);
  expect(traces).not.toContain(quiet);
  expect((await fetch(`${api.url}/v1/generations/gen_nobodys`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(404);
  await expect
    .poll(() => otlp.spans.filter(({ name, facts }) => name === "GET /v1/generations/:id" && facts["cooly.code"] === "not_found").map(({ failed }) => failed))
    .toEqual([false]);
}, 60_000);

test("what a worker writes about an output names its request, account, generation and attempt", async () => {
  const requestId = `mine-${randomBytes(4).toString("hex")}`;
  await succeeds(await order("sim/poll", { "x-request-id": requestId }));
  const [asked] = linesOf(api).filter(({ event, requestId: named }) => event === "api.request" && named === requestId);
  await expect.poll(() => linesOf(workers).some(({ event, requestId: named }) => event === "gen-worker.settled" && named === requestId)).toBe(true);
  const settled = linesOf(workers).find(({ event, requestId: named }) => event === "gen-worker.settled" && named === requestId)!;
  expect(settled).toMatchObject({ requestId, accountId: asked!["accountId"], generationId: asked!["generationId"], attempt: 1, state: "delivered" });
  expect(settled["outputId"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(asked!["accountId"]).toMatch(/^[0-9a-f-]{36}$/);
}, 60_000);

test("every process tells its figures, to the token alone, and none that is not on the list", async () => {
  for (const { url } of [api, workers]) {
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}x` } })).status).toBe(401);
  }
  // The first scrape says where counting begins.
  await figuresOf(api.url);
  const stream = await fetch(`${api.url}/v1/events`, { headers: { authorization: `Bearer ${key}` } });
  await succeeds(await order("sim/poll"));
  const [front, back] = await Promise.all([figuresOf(api.url), figuresOf(workers.url)]);
  await stream.body!.cancel();
  const positive: Record<string, readonly string[]> = {
    [front]: [
      'cooly_accepts_total{outcome="accepted"}',
      "cooly_event_streams",
      "cooly_event_deliveries_total",
      "cooly_event_lag_seconds_count",
      "cooly_database_up",
    ],
    [back]: [
      'cooly_queue_published_messages_total{driver="postgres"}',
      'cooly_queue_handled_messages_total{driver="postgres",outcome="done"}',
      'cooly_queue_up{driver="postgres"}',
      'cooly_role_passes_total{role="outbox-relay",outcome="done"}',
      'cooly_role_passes_total{role="session-sweeper",outcome="done"}',
      'cooly_role_pass_duration_seconds_count{role="gen-worker.look"}',
      'cooly_role_last_pass_age_seconds{role="session-sweeper"}',
      'cooly_provider_calls_total{provider="sim",call="start",outcome="accepted"}',
      'cooly_provider_calls_total{provider="sim",call="look",outcome="delivered"}',
      'cooly_provider_call_duration_seconds_count{provider="sim",call="start"}',
      'cooly_storage_calls_total{driver="filesystem",call="put",outcome="done"}',
      'cooly_storage_put_bytes_total{driver="filesystem"}',
      "process_resident_memory_bytes",
    ],
  };
  for (const [text, names] of Object.entries(positive)) for (const name of names) expect(figure(text, name), name).toBeGreaterThan(0);
  expect(figure(back, 'cooly_queue_in_hand_messages{driver="postgres"}')).toBe(0);
  expect(figure(back, 'cooly_provider_in_hand_calls{provider="sim"}')).toBe(0);
  for (const text of [front, back]) for (const secret of [key, token, "lighthouse", "a@b.co"]) expect(text).not.toContain(secret);
  const told = new Set([...`${front}\n${back}`.matchAll(/^# TYPE (cooly_\w+) /gm)].map(([, name]) => name!));
  expect([...told].toSorted()).toEqual(Object.keys(metrics).toSorted());
  // Ten seconds late.
  await expect.poll(async () => figure(await figuresOf(api.url), 'cooly_ledger_moved_credits_total{kind="capture"}'), { timeout: 25_000 }).toBeGreaterThan(0);
}, 60_000);

test("where nobody takes the traces one line says so, pictures are made as ever, and it goes on when somebody does", async () => {
  const port = Number(new URL(otlp.url).port);
  await otlp.close();
  await succeeds(await order("sim/sync"));
  const said = (event: string): number => linesOf(workers).filter((line) => line.event === event).length;
  await expect.poll(() => said("traces.not_taken")).toBe(1);
  await succeeds(await order("sim/sync"));
  otlp = await startOtlp(port);
  await succeeds(await order("sim/sync"));
  await expect.poll(() => said("traces.taken_again")).toBe(1);
  expect(said("traces.not_taken")).toBe(1);
}, 60_000);

test("a process that is asked to stop sends what it has first", async () => {
  const before = otlp.spans.filter(({ name }) => name === "GET /v1/credits").length;
  await fetch(`${api.url}/v1/credits`, { headers: { authorization: `Bearer ${key}` } });
  api.running.child.kill("SIGTERM");
  expect(await api.running.ended).toBe(0);
  expect(otlp.spans.filter(({ name }) => name === "GET /v1/credits").length).toBe(before + 1);
}, 30_000);
