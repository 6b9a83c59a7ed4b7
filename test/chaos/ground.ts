/** What a run stands on: a durable PostgreSQL behind a fault proxy, the simulated provider behind another, and the crew. */
import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createApiKey, grant, migrate, openDatabase, type Database } from "@cooly/engine";
import { startSimulator, type Plan, type Simulator } from "@cooly/simulator";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../apps/server/src/compose/embedded-postgres.ts";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { openFaultProxy, type FaultProxy } from "../rig/fault-proxy.ts";
import { setUpAudit } from "./audit.ts";
import { startCrew, type Crew } from "./crew.ts";
import { openDice } from "./dice.ts";
import type { CrewName, Line } from "./schedule.ts";

const root = join(import.meta.dirname, "../..");
const ACCOUNTS = 4;
const CREDITS = 1_000_000_000;
// The crew's clocks are wrong by an hour.
const EXPIRES_MS = 45 * 60_000;
const NAME = "cooly";

export interface Account {
  readonly id: string;
  readonly bearer: string;
}

export interface Ground {
  readonly home: string;
  readonly accounts: readonly Account[];
  readonly apis: Readonly<Record<"api-1" | "api-2", string>>;
  readonly simulator: Simulator;
  readonly lines: Readonly<Record<Line, FaultProxy>>;
  readonly crew: Crew;
  /** Past the proxy, for whoever judges. */
  readonly db: Database;
  /** As with `pg_ctl restart -m immediate`: no checkpoint, no good-bye. Resolves when it answers again. */
  restartDatabase(): Promise<void>;
  /** The operator's tool. */
  cooly(...words: string[]): Promise<{ status: number | null; stdout: string; stderr: string }>;
  close(options: { readonly keep: boolean }): Promise<void>;
}

/** 70 % go well, 15 fail or are refused, 10 take their time, 5 leave us in the dark; a tenth of what goes well comes damaged at first. */
export const mix: Partial<Plan>["faults"] = {
  refuse_at_once: 0.03,
  refuse_late: 0.03,
  fail_late: 0.03,
  server_error: 0.02,
  rate_limit: 0.02,
  error_inside_200: 0.01,
  no_output: 0.01,
  silence: 0.03,
  slow_reply: 0.03,
  poll_errors: 0.02,
  slow_drip: 0.02,
  drop_before_read: 0.01,
  drop_after_read: 0.02,
  server_error_after_accept: 0.01,
  garbage_reply: 0.01,
  truncated: 0.02,
  expired_url: 0.02,
  corrupt: 0.005,
  webhook_lost: 0.01,
  webhook_twice: 0.01,
  webhook_early: 0.01,
  webhook_out_of_order: 0.01,
};

export async function openGround(seed: number): Promise<Ground> {
  const home = await mkdtemp(join(tmpdir(), "cooly-chaos-"));
  const undo: (() => unknown)[] = [];
  let postgres: EmbeddedPostgres | null = await startEmbeddedPostgres({ home, durable: true });
  const port = (): number => (postgres ? Number(new URL(postgres.url).port) : 1);
  undo.push(() => postgres?.stop());
  const dice = openDice(seed);
  const lines = {
    database: await openFaultProxy({ to: port, random: dice.next }),
    provider: await openFaultProxy({ to: () => Number(new URL(simulator.url).port), random: dice.next }),
  };
  undo.push(() => Promise.all([lines.database.close(), lines.provider.close()]));
  const address = `http://127.0.0.1:${lines.provider.port}`;
  const simulator = await startSimulator({ address, plan: { seed, latency_ms: [100, 1_200], silence_ms: 2_500, ...(mix && { faults: mix }) } });
  undo.push(() => simulator.close());
  const direct = await makeDatabase(postgres.url);
  const db = openDatabase({ connectionString: direct, max: 4, applicationName: "chaos", onIdleError: () => undefined });
  undo.push(() => db.close());
  await setUpAudit(db.pool);
  const ports = new Map<CrewName, number>();
  for (const name of ["api-1", "api-2"] as const) ports.set(name, await freePort(0, "127.0.0.1"));
  const apis = { "api-1": `http://127.0.0.1:${ports.get("api-1")!}`, "api-2": `http://127.0.0.1:${ports.get("api-2")!}` };
  const environment = environmentOf({ home, publicUrl: apis["api-1"], simulatorUrl: address });
  const through = (who: string): string => {
    const url = new URL(direct);
    url.port = String(lines.database.port);
    url.searchParams.set("application_name", who);
    return url.href;
  };
  const crew = startCrew({ home, environment, databaseUrl: through, ports });
  undo.push(() => crew.close());
  const accounts = await makeAccounts(db);
  await crew.ready();
  return {
    home,
    accounts,
    apis,
    simulator,
    lines,
    crew,
    db,
    async restartDatabase() {
      const before = postgres!;
      postgres = null;
      process.kill(before.pid, "SIGQUIT");
      postgres = await startEmbeddedPostgres({ home, durable: true });
      await before.stop();
    },
    cooly: (...words) => runCooly(words, { ...environment, DATABASE_URL: direct }),
    async close({ keep }) {
      for (const step of undo.toReversed()) await step();
      if (!keep) await rm(home, { recursive: true, force: true });
    },
  };
}

function environmentOf({ home, publicUrl, simulatorUrl }: { home: string; publicUrl: string; simulatorUrl: string }): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    COOLY_HOME: home,
    AUTH_SECRET: randomBytes(32).toString("hex"),
    HOST: "127.0.0.1",
    PUBLIC_URL: publicUrl,
    SIMULATOR_URL: simulatorUrl,
    DATABASE_POOL_MAX: "6",
    GEN_WORKER_CONCURRENCY: "12",
    RATE_LIMIT_PER_MINUTE: "100000000",
    RATE_LIMIT_IP_PER_MINUTE: "100000000",
  };
}

async function makeDatabase(serverUrl: string): Promise<string> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  await client.query(`create database ${NAME}`).finally(() => client.end());
  const url = new URL(serverUrl);
  url.pathname = `/${NAME}`;
  await migrate({ connectionString: url.href });
  return url.href;
}

async function makeAccounts(db: Database): Promise<Account[]> {
  const accounts: Account[] = [];
  for (let nth = 0; nth < ACCOUNTS; nth += 1) {
    const id = randomUUID();
    await db.pool.query("insert into accounts (id, name) values ($1, 'chaos')", [id]);
    const credits = { accountId: id, source: "grant", credits: CREDITS, reason: null } as const;
    await grant(db, { ...credits, businessKey: id, expiresAt: null });
    // Taken first, and gone already by the clock of half of the crew.
    await grant(db, { ...credits, businessKey: randomUUID(), expiresAt: new Date(Date.now() + EXPIRES_MS) });
    const scopes = ["generations:read", "generations:write", "account:read"] as const;
    accounts.push({ id, bearer: (await createApiKey(db, { accountId: id, name: "chaos", scopes, expiresAt: null })).key });
  }
  return accounts;
}

function runCooly(words: readonly string[], env: NodeJS.ProcessEnv): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(root, "apps/cli/src/main.ts"), ...words], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => void (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (said.stderr += chunk.toString()));
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, ...said })));
}
