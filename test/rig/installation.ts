/** An installation of processes on parts that a test chooses: started, asked for generations, stopped, and started on others. */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { GenerationView } from "@cooly/contract";
import { startSimulator, type Simulator } from "@cooly/simulator";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { openHouse, type House, type Running } from "../lifecycle/house.ts";
import { freshDatabase } from "../postgres.ts";

export interface InstallationOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Default: a database of its own, of this version's schema. */
  readonly databaseUrl?: string;
  readonly latencyMs?: readonly [number, number];
}

export interface Installation {
  readonly house: House;
  readonly simulator: Simulator;
  /** Of its database, past any pooler. */
  readonly pool: pg.Pool;
  /** The provider's own log. */
  readonly witness: string;
  url(): string;
  /** One process for each set of roles, up to two of them with an API; resolves when all are ready. */
  start(processes: readonly (readonly string[])[], environment?: NodeJS.ProcessEnv): Promise<readonly Running[]>;
  /** SIGTERM to all that run. */
  stop(): Promise<void>;
  /** A person with credits, and a key. */
  welcome(credits: number): Promise<void>;
  /** Of one API after the other. */
  call(path: string, body?: unknown, key?: string): Promise<{ status: number; body: unknown }>;
  /** By so many callers at once, each again under the same key until it is answered. Answers the ids. */
  order(count: number, options?: { callers?: number; model?: string }): Promise<readonly string[]>;
  /** How many outputs have no verdict yet. */
  unsettled(): Promise<number>;
  read(id: string): Promise<GenerationView>;
  close(): Promise<void>;
}

const APIS_MAX = 2;
const CALLERS = 16;
const TRIES = 100;
const AGAIN_MS = 200;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function openInstallation({ environment = {}, databaseUrl, latencyMs = [20, 60] }: InstallationOptions = {}): Promise<Installation> {
  const database = databaseUrl === undefined ? await freshDatabase() : { url: databaseUrl, drop: async () => undefined };
  const ports = await Promise.all(Array.from({ length: APIS_MAX }, () => freePort(0, "127.0.0.1")));
  const [port] = ports as [number];
  const house = await openHouse({
    DATABASE_URL: database.url,
    AUTH_SECRET: randomBytes(32).toString("hex"),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    HOST: "127.0.0.1",
    GEN_WORKER_CONCURRENCY: "32",
    // Several processes, and other tests beside them, share one server.
    DATABASE_POOL_MAX: "4",
    RATE_LIMIT_PER_MINUTE: "1000000",
    RATE_LIMIT_IP_PER_MINUTE: "1000000",
    ...environment,
  });
  const witness = join(house.home, "witness.jsonl");
  const simulator = await startSimulator({ plan: { latency_ms: [...latencyMs] }, logFile: witness });
  house.environment["SIMULATOR_URL"] = simulator.url;
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on("error", () => undefined);
  let running: Running[] = [];
  let bearer = "";
  let apis = 1;
  let turn = 0;

  async function call(path: string, body?: unknown, key?: string): Promise<{ status: number; body: unknown }> {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json", ...(key !== undefined && { "idempotency-key": key }) };
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    turn += 1;
    const response = await fetch(`http://127.0.0.1:${ports[turn % apis]!}${path}`, { ...init, headers });
    return { status: response.status, body: await response.json() };
  }

  /** As a good client does: under one key until it is answered. */
  async function orderOne(model: string): Promise<string> {
    const key = randomBytes(12).toString("hex");
    for (let tries = 0; tries < TRIES; tries += 1) {
      const answer = await call("/v1/generations", { model, input: { prompt: "a test" } }, key).catch(() => null);
      if (answer?.status === 202 || answer?.status === 200) return (answer.body as { id: string }).id;
      if (answer && answer.status !== 503) throw new Error(`an order was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
      await pause(AGAIN_MS);
    }
    throw new Error("an order was never answered");
  }

  async function stop(): Promise<void> {
    for (const { child } of running) if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await Promise.all(running.map(({ ended }) => ended));
    running = [];
  }

  return {
    house,
    simulator,
    pool,
    witness,
    url: () => `http://127.0.0.1:${port}`,
    async start(processes, more = {}) {
      Object.assign(house.environment, more);
      const begun: Running[] = [];
      apis = 0;
      for (const roles of processes) {
        house.environment["PORT"] = roles.includes("api") ? String(ports[apis++]!) : "0";
        begun.push(house.server("serve", "--roles", roles.join(",")));
      }
      house.environment["PORT"] = String(port);
      await Promise.all(begun.map((one) => one.says("process.ready")));
      running.push(...begun);
      return begun;
    },
    stop,
    async welcome(credits) {
      const made = await house.later(["user", "add", "a@b.co", "--credits", String(credits), "--json"]);
      const key = await house.later(["key", "add", "a@b.co", "--json"]);
      if (made.status !== 0 || key.status !== 0) throw new Error(made.stderr + key.stderr);
      bearer = (JSON.parse(key.stdout) as { key: string }).key;
    },
    call,
    async order(count, { callers = CALLERS, model = "sim/poll" } = {}) {
      let left = count;
      const ids: string[] = [];
      const work = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          ids.push(await orderOne(model));
        }
      };
      await Promise.all(Array.from({ length: callers }, work));
      return ids;
    },
    async unsettled() {
      const { rows } = await pool.query<{ left: number }>("select count(*)::int as left from outputs where settled_at is null");
      return rows[0]!.left;
    },
    read: async (id) => (await call(`/v1/generations/${id}`)).body as GenerationView,
    async close() {
      await stop();
      await simulator.close();
      await pool.end();
      await house.remove();
      await database.drop();
      await rm(house.home, { recursive: true, force: true });
    },
  };
}
