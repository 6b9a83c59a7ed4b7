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
import { createClient, type Client } from "./client.ts";

export interface InstallationOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Default: a database of its own, of this version's schema. */
  readonly databaseUrl?: string;
  readonly latencyMs?: readonly [number, number];
}

export interface Installation extends Pick<Client, "call" | "order"> {
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
  /** How many outputs have no verdict yet. */
  unsettled(): Promise<number>;
  read(id: string): Promise<GenerationView>;
  close(): Promise<void>;
}

const APIS_MAX = 2;

export async function openInstallation({ environment = {}, databaseUrl, latencyMs = [20, 60] }: InstallationOptions = {}): Promise<Installation> {
  const database = databaseUrl === undefined ? await freshDatabase() : { url: databaseUrl, drop: async () => undefined };
  const ports = await Promise.all(Array.from({ length: APIS_MAX }, () => freePort(0, "127.0.0.1")));
  const house = await openHouse({
    DATABASE_URL: database.url,
    AUTH_SECRET: randomBytes(32).toString("hex"),
    PUBLIC_URL: `http://127.0.0.1:${ports[0]!}`,
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
  const client = createClient(ports);

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
    url: () => `http://127.0.0.1:${ports[0]!}`,
    async start(processes, more = {}) {
      Object.assign(house.environment, more);
      const begun: Running[] = [];
      let apis = 0;
      for (const roles of processes) {
        house.environment["PORT"] = roles.includes("api") ? String(ports[apis++]!) : "0";
        begun.push(house.server("serve", "--roles", roles.join(",")));
      }
      house.environment["PORT"] = String(ports[0]!);
      client.apis = apis;
      await Promise.all(begun.map((one) => one.says("process.ready")));
      running.push(...begun);
      return begun;
    },
    stop,
    async welcome(credits) {
      const made = await house.later(["user", "add", "a@b.co", "--credits", String(credits), "--json"]);
      const key = await house.later(["key", "add", "a@b.co", "--json"]);
      if (made.status !== 0 || key.status !== 0) throw new Error(made.stderr + key.stderr);
      client.bearer = (JSON.parse(key.stdout) as { key: string }).key;
    },
    call: (path, body, key) => client.call(path, body, key),
    order: (count, options) => client.order(count, options),
    async unsettled() {
      const { rows } = await pool.query<{ left: number }>("select count(*)::int as left from outputs where settled_at is null");
      return rows[0]!.left;
    },
    read: async (id) => (await client.call(`/v1/generations/${id}`)).body as GenerationView,
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
