/** Films that run at a provider while it, or the worker that looks after them, is killed: each is ordered there once, and charged once. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fromPublicId, type GenerationView } from "@cooly/contract";
import type { Entry } from "@cooly/simulator";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { freshDatabase } from "../postgres.ts";
import { openHouse, type House, type Running } from "./house.ts";

const FILMS = 4;
const EACH = 20;
const FILM_MS = 4_000;
const AWAY_MS = 1_500;

let house: House;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let provider: Running;
let worker: Running;
let url: string;
let bearer: string;
let providerPort: number;

const witness = (): string => join(house.home, "witness.jsonl");
const log = (): Entry[] =>
  readFileSync(witness(), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);

async function beginProvider(): Promise<void> {
  const kept = ["--log", witness(), "--jobs", join(house.home, "jobs.jsonl"), "--secret", "words of the simulator"];
  provider = house.program("test/simulator/src/main.ts", "--port", String(providerPort), ...kept);
  await provider.says("simulator ready");
}

async function beginWorker(): Promise<void> {
  worker = house.server("serve", "--roles", "gen,capture");
  await worker.says("process.ready");
}

async function kill({ child, ended }: Running): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

beforeAll(async () => {
  database = await freshDatabase();
  const port = await freePort(0, "127.0.0.1");
  providerPort = await freePort(0, "127.0.0.1");
  url = `http://127.0.0.1:${port}`;
  house = await openHouse({
    DATABASE_URL: database.url,
    AUTH_SECRET: randomBytes(32).toString("hex"),
    PUBLIC_URL: url,
    HOST: "127.0.0.1",
    PORT: String(port),
    SIMULATOR_URL: `http://127.0.0.1:${providerPort}`,
    SIMULATOR_SECRET: "words of the simulator",
  });
  await beginProvider();
  await house.server("serve", "--roles", "api,relay,sweeper").says("process.ready");
  house.environment["PORT"] = "0";
  await beginWorker();
  house.cooly(["user", "add", "a@b.co", "--credits", "500", "--json"]);
  bearer = (JSON.parse(house.cooly(["key", "add", "a@b.co", "--json"]).stdout) as { key: string }).key;
}, 240_000);

afterAll(async () => {
  await house.remove();
  await database.drop();
});

async function call<T>(path: string, body?: unknown): Promise<T> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  const response = await fetch(url + path, { ...init, headers });
  expect(response.ok).toBe(true);
  return (await response.json()) as T;
}

const kills: readonly { who: string; strike: () => Promise<void> }[] = [
  {
    who: "the provider",
    async strike() {
      await kill(provider);
      await sleep(AWAY_MS);
      await beginProvider();
    },
  },
  {
    who: "the worker",
    async strike() {
      await kill(worker);
      await sleep(AWAY_MS);
      await beginWorker();
    },
  },
  {
    who: "the worker, and meanwhile the provider, until the films are long made",
    async strike() {
      await Promise.all([kill(worker), kill(provider)]);
      await sleep(FILM_MS);
      await beginProvider();
      await beginWorker();
    },
  },
];

test.each(kills)(
  "$who is killed in the middle",
  async ({ strike }) => {
    const { available } = await call<{ available: number }>("/v1/credits");
    const input = { prompt: "a lighthouse", script: JSON.stringify({ latency_ms: FILM_MS }) };
    const { id, outputs } = await call<GenerationView>("/v1/generations", { model: "sim/film", input, outputs: FILMS });
    const ours = new Set(outputs.map((output) => fromPublicId("output", output.id)));
    const count = (what: Entry["what"]): number => log().filter((entry) => entry.what === what && ours.has(entry.client_id)).length;
    await expect.poll(() => count("accepted"), { timeout: 30_000 }).toBe(FILMS);
    expect(count("billed")).toBe(0);
    await strike();
    await expect.poll(async () => (await call<GenerationView>(`/v1/generations/${id}`)).status, { timeout: 90_000, interval: 200 }).toBe("succeeded");
    const done = await call<GenerationView>(`/v1/generations/${id}`);
    for (const output of done.outputs) expect(output).toMatchObject({ mime: "video/mp4", width: 64, height: 64, duration_ms: 1_000 });
    expect(new Set(done.outputs.map(({ sha256 }) => sha256)).size).toBe(FILMS);
    expect([count("submitted"), count("accepted"), count("billed")]).toEqual([FILMS, FILMS, FILMS]);
    expect(await call("/v1/credits")).toMatchObject({ available: available - FILMS * EACH, held: 0 });
    const verified = house.cooly(["verify", "--provider-log", witness(), "--json"]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ violations: [] });
  },
  180_000,
);
