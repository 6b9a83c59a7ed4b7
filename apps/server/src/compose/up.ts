/** What `npm start` runs: every role and the studio in one process, on embedded parts. */
import { setTimeout as sleep } from "node:timers/promises";
import { migrate } from "@cooly/engine";
import { roles } from "@cooly/topology";
import type pg from "pg";
import { isGone } from "../../../../tools/file-lock.mjs";
import { noteServer } from "./clone.ts";
import { loadConfiguration, type Configuration } from "./configuration.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { choosePort } from "./free-port.ts";
import { greeting } from "./greeting.ts";
import { forgetRunning, loadSecrets, noteRunning, openHome, readRunning, type Running, type Secrets } from "./home.ts";
import { createLog } from "./log.ts";
import { keepConnection } from "./postgres/hold.ts";
import { chooseQueue, queueProblems } from "./queue.ts";
import { switchedOn } from "./roles.ts";
import { serve, type Serving } from "./serve.ts";
import { stopSignal, whenAborted } from "./signals.ts";
import { openStudio } from "./studio.ts";

// Held by the one server of a database for as long as it lives: a crash frees it at once.
const LOCK = 7_265_150_132;
const LOCK_TRIES = 60;
const LOCK_TRY_MS = 200;
// One that lives and has not said by then that it is leaving, stays.
const STAYS_AFTER_TRIES = 5;

export async function up(): Promise<number> {
  const startedMs = performance.now();
  const configuration = loadConfiguration(roles, [], queueProblems);
  const stopping = stopSignal();
  noteServer();
  const { home } = configuration;
  openHome(home);
  const given = configuration.text("DATABASE_URL");
  const embedded = given ? null : await startEmbeddedPostgres({ home, durable: true });
  try {
    const databaseUrl = given ?? embedded!.url;
    const directUrl = configuration.text("DATABASE_DIRECT_URL") ?? databaseUrl;
    const lock = await keepConnection(directUrl, "cooly-lock", (client) => takeLock(client, { home, stopping }));
    try {
      return await run({ configuration, databaseUrl, directUrl, startedMs, stopping });
    } finally {
      await lock.close();
    }
  } finally {
    await embedded?.stop();
  }
}

interface Start {
  readonly configuration: Configuration;
  readonly databaseUrl: string;
  readonly directUrl: string;
  readonly startedMs: number;
  readonly stopping: AbortSignal;
}

async function run({ configuration, databaseUrl, directUrl, startedMs, stopping }: Start): Promise<number> {
  const { home } = configuration;
  await migrate({ connectionString: directUrl });
  const secrets = loadSecrets(home);
  const host = configuration.text("HOST") ?? "127.0.0.1";
  const port = await choosePort(configuration.number("COOLY_PORT"), host);
  const publicUrl = configuration.text("PUBLIC_URL") ?? `http://localhost:${port}`;
  // Whoever can open the page may use the demo account, so its password is told only where that is this machine.
  const alone = host === "127.0.0.1" && configuration.text("PUBLIC_URL") === null;
  if (stopping.aborted) return 0;
  const studio = await openStudio();
  const serving = await serve({
    configuration,
    databaseUrl,
    publicUrl,
    log: createLog(process.env["LOG_LEVEL"] ? (configuration.text("LOG_LEVEL") ?? "info") : "warn"),
    studio: studio?.handler ?? null,
    roles: switchedOn(configuration),
    listen: { host, port },
    authSecret: configuration.text("AUTH_SECRET") ?? secrets.authSecret,
    demo: alone ? secrets.demo : null,
  });
  const first = await welcome(serving, secrets);
  noteRunning(home, { pid: process.pid, url: publicUrl });
  const parts = [
    `PostgreSQL ${configuration.text("DATABASE_URL") ? "given" : "embedded"}`,
    `queue ${chooseQueue(configuration)}`,
    `storage ${serving.parts.storage.name}`,
    "provider demo",
  ];
  process.stdout.write(`${greeting({ url: publicUrl, secrets, first, home, parts, seconds: (performance.now() - startedMs) / 1000 })}\n`);
  await whenAborted(stopping);
  process.stdout.write("\n  Stopping ...\n");
  forgetRunning(home);
  await serving.stop();
  await studio?.close();
  return 0;
}

async function welcome({ api }: Serving, secrets: Secrets): Promise<boolean> {
  const admin = await api!.auth.createPerson({ ...secrets.admin, name: "Admin", admin: true });
  const demo = await api!.auth.createPerson({ ...secrets.demo, name: "Demo", admin: false });
  return admin.created || demo.created;
}

async function takeLock(client: pg.Client, { home, stopping }: { home: string; stopping: AbortSignal }): Promise<void> {
  for (let tries = 0; tries < LOCK_TRIES && !stopping.aborted; tries += 1) {
    const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LOCK]);
    if (rows[0]!.taken) return;
    if (tries >= STAYS_AFTER_TRIES && stays(readRunning(home))) break;
    // The one before us may be on its way out.
    await sleep(LOCK_TRY_MS);
  }
  const running = readRunning(home);
  throw new Error(`Cooly already runs with this data${running ? `, at ${running.url}` : ""}. Set COOLY_HOME to another folder for a second one.`);
}

const stays = (running: Running | null): boolean => running !== null && !isGone(running.pid);
