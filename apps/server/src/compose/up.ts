/** What `npm start` runs: every role and the studio in one process, on embedded parts. */
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { migrate } from "@cooly/engine";
import { roles } from "@cooly/topology";
import pg from "pg";
import { loadConfiguration, type Configuration } from "./configuration.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";
import { forgetRunning, loadSecrets, noteRunning, readRunning, type Secrets } from "./home.ts";
import { createLog } from "./log.ts";
import { serve, type Serving } from "./serve.ts";
import { untilStopped } from "./signals.ts";
import { openStudio } from "./studio.ts";

// Held by the one server of a database for as long as it lives: a crash frees it at once.
const LOCK = 7_265_150_132;
const LOCK_TRIES = 60;
const FIRST_PORT = 3000;
const PORTS = 100;

export async function up(): Promise<number> {
  const startedMs = performance.now();
  const configuration = loadConfiguration(roles);
  const log = createLog(process.env["LOG_LEVEL"] ? (configuration.text("LOG_LEVEL") ?? "info") : "warn");
  const { home } = configuration;
  const given = configuration.text("DATABASE_URL");
  const embedded = given ? null : await startEmbeddedPostgres({ home, durable: true });
  const databaseUrl = given ?? embedded!.url;
  const lock = await takeLock(databaseUrl);
  if (!lock) {
    process.stderr.write(`Cooly already runs with this data${at(home)}. Set COOLY_HOME to another folder for a second one.\n`);
    return 1;
  }
  try {
    return await run({ configuration, databaseUrl, embedded, log, startedMs });
  } finally {
    await lock.end().catch(() => undefined);
    if (embedded) await embedded.stop();
  }
}

interface Start {
  readonly configuration: Configuration;
  readonly databaseUrl: string;
  readonly embedded: EmbeddedPostgres | null;
  readonly log: ReturnType<typeof createLog>;
  readonly startedMs: number;
}

async function run({ configuration, databaseUrl, embedded, log, startedMs }: Start): Promise<number> {
  const { home } = configuration;
  const stopped = untilStopped();
  await migrate({ connectionString: configuration.text("DATABASE_DIRECT_URL") ?? databaseUrl });
  const secrets = loadSecrets(home);
  const host = configuration.text("HOST") ?? "127.0.0.1";
  const port = await choosePort(configuration.number("COOLY_PORT"), host);
  const publicUrl = configuration.text("PUBLIC_URL") ?? `http://localhost:${port}`;
  // Whoever can open the page may use the demo account, so its password is told only where that is this machine.
  const alone = host === "127.0.0.1" && configuration.text("PUBLIC_URL") === null;
  const studio = await openStudio();
  const serving = await serve({
    configuration,
    databaseUrl,
    publicUrl,
    log,
    studio: studio?.handler ?? null,
    roles,
    listen: { host, ports: [port] },
    authSecret: configuration.text("AUTH_SECRET") ?? secrets.authSecret,
    demo: alone ? secrets.demo : null,
  });
  await welcome(serving, secrets);
  noteRunning(home, { pid: process.pid, url: publicUrl });
  const parts = [`PostgreSQL ${embedded ? "embedded" : "given"}`, "queue postgres", "storage filesystem", "provider demo"];
  process.stdout.write(`${greeting({ publicUrl, secrets, home, parts, seconds: (performance.now() - startedMs) / 1000 })}\n`);
  await stopped;
  process.stdout.write("\n  Stopping ...\n");
  forgetRunning(home);
  await serving.stop();
  await studio?.close();
  return 0;
}

async function welcome({ api }: Serving, secrets: Secrets): Promise<void> {
  await api!.auth.createPerson({ ...secrets.admin, name: "Admin", admin: true });
  await api!.auth.createPerson({ ...secrets.demo, name: "Demo", admin: false });
}

function greeting(facts: { publicUrl: string; secrets: Secrets; home: string; parts: readonly string[]; seconds: number }): string {
  const { publicUrl, secrets, home, parts, seconds } = facts;
  return `
  Cooly is ready at ${publicUrl}  (${seconds.toFixed(1)} s)

  Sign in     ${secrets.demo.email}   password ${secrets.demo.password}
  As admin    ${secrets.admin.email}  password ${secrets.admin.password}

  Data        ${home}
  Parts       ${parts.join(", ")}

  Ctrl-C stops all of it; the next start finds everything again.`;
}

function at(home: string): string {
  const running = readRunning(home);
  return running ? `, at ${running.url}` : "";
}

async function takeLock(databaseUrl: string): Promise<pg.Client | null> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "cooly-lock", keepAlive: true });
  client.on("error", () => undefined);
  await client.connect();
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LOCK]);
    if (rows[0]!.taken) return client;
    // The one before us may be on its way out.
    await sleep(200);
  }
  await client.end();
  return null;
}

async function choosePort(wanted: number | null, host: string): Promise<number> {
  if (wanted !== null) return freePort(wanted, host);
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port += 1) {
    const free = await freePort(port, host).catch(() => null);
    if (free !== null) return free;
  }
  throw new Error(`no free port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}; set COOLY_PORT`);
}

function freePort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", () => reject(new Error(`port ${port} is taken; set COOLY_PORT to a free one`)));
    server.listen(port, host, () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}
