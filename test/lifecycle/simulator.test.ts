/** A provider that misbehaves, a real server process, and an operator: from the order to the ledger. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { startSimulator, type Simulator } from "@cooly/simulator";
import { cooly, startServer, stopServer, type RunningServer } from "../running-server.ts";

let home: string;
let simulator: Simulator;
let server: RunningServer;
let key: string;

const witness = (): string => join(home, "witness.jsonl");

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cooly-simulated-"));
  simulator = await startSimulator({ plan: { latency_ms: [50, 50] }, logFile: witness() });
  server = await startServer(home, { SIMULATOR_URL: simulator.url });
  cooly(home, "user", "add", "a@b.co", "--credits", "100", "--json");
  key = (cooly(home, "key", "add", "a@b.co", "--json") as { key: string }).key;
});
afterAll(async () => {
  await stopServer(server);
  await simulator.close();
  await rm(home, { recursive: true, force: true });
});

async function call<T>(path: string, body?: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const response = await fetch(server.url + path, { headers, ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }) });
  return (await response.json()) as T;
}
const order = (model: string, script: object = {}): Promise<GenerationView> =>
  call("/v1/generations", { model, input: { prompt: "a test", script: JSON.stringify(script) } });
const read = (id: string): Promise<GenerationView> => call(`/v1/generations/${id}`);
const becomes = (id: string, status: GenerationView["status"]) => expect.poll(async () => (await read(id)).status, { timeout: 25_000 }).toBe(status);
const jobs = (): number => simulator.log().filter(({ what }) => what === "accepted").length;

test("by polling, in one call, under a key and by webhook a picture is made, charged once and verified", async () => {
  for (const model of ["sim/poll", "sim/sync", "sim/keyed", "sim/hook"]) {
    const { id } = await order(model);
    await becomes(id, "succeeded");
    expect((await read(id)).credits, model).toEqual({ quoted: 2, charged: 2, released: 0 });
  }
  // The webhook came before any look at it was due.
  expect(simulator.log().filter(({ what }) => what === "webhook").length).toBeGreaterThan(0);
  expect(await call("/v1/credits")).toMatchObject({ available: 92, held: 0, spent: 8 });
  expect(cooly(home, "verify", "--provider-log", witness(), "--json")).toMatchObject({ violations: [] });
}, 60_000);

test("an answer that was lost is unknown, and then found by its name: one job, one charge", async () => {
  const before = jobs();
  const { id } = await order("sim/poll", { fault: "drop_after_read" });
  await becomes(id, "unknown");
  expect(await call("/v1/credits")).toMatchObject({ held: 2 });
  await becomes(id, "succeeded");
  expect(jobs() - before).toBe(1);
  expect(await call("/v1/credits")).toMatchObject({ available: 90, held: 0, spent: 10 });
}, 60_000);

test("what the provider never tells is written off by an operator, with a reason that the ledger keeps", async () => {
  const silent = await order("sim/hook", { fault: "drop_after_read", latency_ms: 600_000 });
  await becomes(silent.id, "unknown");
  const { unknown } = cooly(home, "unknown", "ls", "--json") as { unknown: { id: string; credits: number }[] };
  expect(unknown).toMatchObject([{ id: silent.outputs[0]!.id, credits: 2 }]);
  expect(cooly(home, "unknown", "write-off", unknown[0]!.id, "--reason", "their support has no record", "--yes", "--json")).toMatchObject({
    written_off: [unknown[0]!.id],
  });
  expect(await read(silent.id)).toMatchObject({ status: "failed", credits: { charged: 0, released: 2 }, error: { code: "written_off" } });
  const { data } = await call<{ data: { kind: string; reason: string | null }[] }>("/v1/credits/ledger?limit=1");
  expect(data[0]).toMatchObject({ kind: "release", reason: "their support has no record" });
  expect(cooly(home, "verify", "--provider-log", witness(), "--json")).toMatchObject({ violations: [] });
}, 60_000);
