/** What a bench stands on: a durable PostgreSQL of its own, the real server, the bare route and the load generator, each a process. */
import { fork, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { createApiKey, grant, migrate, openDatabase, type Database } from "@cooly/engine";
import { startEmbeddedPostgres } from "../apps/server/src/compose/embedded-postgres.ts";
import type { Outcome, Plan } from "./load.ts";

export interface Side {
  readonly name: "cooly" | "bare";
  readonly port: number;
  readonly pid: number;
  readonly databaseUrl: string;
}

export interface Ground {
  readonly cooly: Side;
  readonly bare: Side;
  readonly db: Database;
  readonly postgresPid: number;
  readonly bearers: readonly string[];
  drive(plan: Plan): Promise<Outcome>;
  close(): Promise<void>;
}

const USERS = 256;
const CREDITS = 1_000_000_000;
const READY_TRIES = 400;
const flags = ["--disable-warning=ExperimentalWarning"];
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function openGround(serverFlags: readonly string[]): Promise<Ground> {
  const home = await mkdtemp(join(tmpdir(), "cooly-bench-"));
  const undo: (() => unknown)[] = [() => rm(home, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const postgres = await startEmbeddedPostgres({ home, durable: true });
    undo.push(() => postgres.stop());
    const coolyUrl = await createDatabase(postgres.url, "cooly");
    const bareUrl = await createDatabase(postgres.url, "bare");
    await migrate({ connectionString: coolyUrl });
    const db = openDatabase({ connectionString: coolyUrl, max: 2, applicationName: "cooly-bench" });
    undo.push(() => db.close());
    const bearers = await createUsers(db);
    const cooly = await startServer({ home, databaseUrl: coolyUrl, flags: serverFlags });
    undo.push(() => end(cooly.child));
    const bare = await startBareRoute(bareUrl);
    undo.push(() => end(bare.child));
    const load = fork(here("load.ts"), { execArgv: flags });
    undo.push(() => end(load));
    return {
      cooly: { name: "cooly", port: cooly.port, pid: cooly.child.pid!, databaseUrl: coolyUrl },
      bare: { name: "bare", port: bare.port, pid: bare.child.pid!, databaseUrl: bareUrl },
      db,
      postgresPid: postgres.pid,
      bearers,
      drive: (plan) => ask<Outcome>(load, plan),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  await client.query(`create database ${name}`).finally(() => client.end());
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Answers a key of each. */
async function createUsers(db: Database): Promise<string[]> {
  const bearers: string[] = [];
  for (let user = 0; user < USERS; user += 1) {
    const accountId = randomUUID();
    await db.pool.query("insert into accounts (id, name) values ($1, 'bench')", [accountId]);
    await grant(db, { accountId, source: "grant", businessKey: accountId, credits: CREDITS, expiresAt: null, reason: null });
    bearers.push((await createApiKey(db, { accountId, name: "bench", scopes: ["generations:write"], expiresAt: null })).key);
  }
  return bearers;
}

/** The API as it is deployed, alone in its process; only the limits are out of the way, not off. */
async function startServer(options: { home: string; databaseUrl: string; flags: readonly string[] }): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort();
  const child = spawn(process.execPath, [...flags, ...options.flags, here("../apps/server/src/main.ts"), "serve", "--roles", "api"], {
    cwd: options.home,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: "/usr/bin:/bin",
      COOLY_HOME: options.home,
      DATABASE_URL: options.databaseUrl,
      AUTH_SECRET: "b".repeat(32),
      HOST: "127.0.0.1",
      PORT: String(port),
      RATE_LIMIT_PER_MINUTE: "100000000",
      RATE_LIMIT_IP_PER_MINUTE: "100000000",
    },
  });
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const reply = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (reply?.ok) return { child, port };
    await sleep(50);
  }
  await end(child);
  throw new Error("the server did not become ready");
}

async function startBareRoute(databaseUrl: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(here("bare-route.ts"), [databaseUrl], { execArgv: flags, env: { NODE_ENV: "production" } });
  const { port } = await answerOf<{ port: number }>(child);
  return { child, port };
}

function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  const answer = answerOf<Answer>(child);
  child.send(question);
  return answer;
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process of the bench ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as Answer);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  if (child.connected) child.disconnect();
  else child.kill("SIGTERM");
  await exited;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
