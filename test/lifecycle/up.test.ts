/** What a person does on the first evening: start, make a picture, pull the plug, start again. On real processes. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { root, cooly as run, serverEnvironment, startServer, stopServer, type RunningServer } from "../running-server.ts";

let home: string;
let url: string;
let key: string;
let server: RunningServer;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cooly-up-"));
  await start();
  expect(cooly("user", "add", "a@b.co", "--credits", "500", "--json")).toMatchObject({ email: "a@b.co", credits: 500 });
  key = (cooly("key", "add", "a@b.co", "--json") as { key: string }).key;
});

afterAll(async () => {
  await stopServer(server);
  await rm(home, { recursive: true, force: true });
});

async function start(): Promise<void> {
  server = await startServer(home);
  url = server.url;
}

async function stop(): Promise<void> {
  expect(await stopServer(server)).toBe(0);
}

const cooly = (...words: string[]): unknown => run(home, ...words);

async function call<T>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: T }> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(url + path, { ...init, headers: { ...init.headers, ...headers, authorization: `Bearer ${key}` } });
  return { status: response.status, body: (await response.json()) as T };
}

const order = (outputs: number, size = "1024x1024") => ({ model: "demo/painter", input: { prompt: "a calm sea at sunset", size }, outputs });

async function follow(id: string): Promise<{ events: string[]; ids: number[]; last: GenerationView }> {
  const response = await fetch(`${url}/v1/generations/${id}/events`, { headers: { authorization: `Bearer ${key}` } });
  const blocks = (await response.text()).split("\n\n").filter((block) => block.startsWith("id:"));
  const data = JSON.parse(/^data: (.*)$/m.exec(blocks.at(-1)!)![1]!) as { generation: GenerationView };
  return {
    events: blocks.map((block) => /^event: (.*)$/m.exec(block)![1]!),
    ids: blocks.map((block) => Number(/^id: (\d+)/.exec(block)![1])),
    last: data.generation,
  };
}

const credits = async (): Promise<number> => (await call<{ available: number }>("/v1/credits")).body.available;
const verified = (): unknown => cooly("verify", "--json");

test("four pictures: accepted, followed to the end, downloaded and charged", async () => {
  const quote = (await call<{ credits: number }>("/v1/quotes", order(4))).body.credits;
  const { status, body } = await call<GenerationView>("/v1/generations", order(4));
  expect(status).toBe(202);
  const { events, ids, last } = await follow(body.id);
  expect(events[0]).toBe("generation.queued");
  expect(events.at(-1)).toBe("generation.succeeded");
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  for (const output of last.outputs) {
    const bytes = Buffer.from(await (await fetch(output.url!)).arrayBuffer());
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(output.sha256);
  }
  expect(await credits()).toBe(500 - quote);
  expect(verified()).toMatchObject({ violations: [] });
});

test("a kill -9 in the middle loses nothing: the generation ends after the next start, charged once", async () => {
  const before = await credits();
  const { body } = await call<GenerationView>("/v1/generations", order(4));
  await expect.poll(async () => (await call<GenerationView>(`/v1/generations/${body.id}`)).body.status).toBe("running");
  const died = new Promise((resolve) => server.process.once("exit", resolve));
  server.process.kill("SIGKILL");
  await died;
  await start();
  const { last } = await follow(body.id);
  expect(last).toMatchObject({ status: "succeeded", credits: { quoted: 16, charged: 16, released: 0 } });
  expect(await credits()).toBe(before - 16);
  expect(verified()).toMatchObject({ violations: [] });
});

test("twenty parallel requests of 75 credits against 500 are accepted exactly six times", async () => {
  cooly("user", "add", "c@d.co", "--credits", "500", "--json");
  const mine = key;
  key = (cooly("key", "add", "c@d.co", "--json") as { key: string }).key;
  const answers = await Promise.all(Array.from({ length: 20 }, () => call<{ id: string }>("/v1/generations", order(15, "1280x1024"))));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(6);
  expect(answers.filter(({ status }) => status === 402)).toHaveLength(14);
  const accepted = answers.filter(({ status }) => status === 202);
  await Promise.all(accepted.map(({ body }) => call(`/v1/generations/${body.id}/cancel`, {})));
  await expect.poll(async () => (await call<{ held: number }>("/v1/credits")).body.held, { timeout: 20_000 }).toBe(0);
  key = mine;
});

test("the same Idempotency-Key a hundred times in parallel makes one generation", async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => call<{ id: string }>("/v1/generations", order(1, "512x512"), { "idempotency-key": "once" })),
  );
  expect(answers.every(({ status }) => status === 202)).toBe(true);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
});

test("a stop leaves no process behind, and the next start shows the same gallery", async () => {
  const gallery = async (): Promise<string[]> => (await call<{ data: GenerationView[] }>("/v1/generations?limit=100")).body.data.map(({ id }) => id);
  const before = await gallery();
  expect(existsSync(join(home, "postgres/postmaster.pid"))).toBe(true);
  await stop();
  // PostgreSQL removes it as the last thing it does.
  expect(existsSync(join(home, "postgres/postmaster.pid"))).toBe(false);
  await start();
  expect(await gallery()).toEqual(before);
  expect(verified()).toMatchObject({ violations: [] });
});

test("a second start with the same data says so and ends", () => {
  const second = spawnSync(process.execPath, ["apps/server/src/main.ts", "up"], { cwd: root, env: serverEnvironment(home), encoding: "utf8", timeout: 30_000 });
  expect(second.status).toBe(1);
  expect(second.stderr).toContain(`already runs with this data, at ${url}`);
}, 40_000);
