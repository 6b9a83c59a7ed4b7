/**
 * A real PostgreSQL from an npm package, for machines that have none. It runs in a session of its own, so that a
 * terminal's Ctrl-C reaches us and not it; it outlives a crash of ours, and the next start adopts it.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { exclusively } from "../../../../tools/file-lock.mjs";
import { freePort } from "./free-port.ts";
import { openHome } from "./home.ts";
import { preparePrograms, type Programs } from "./postgres/binaries.ts";
import { clusterOf, hasCluster, logOf, makeCluster, pathFor, prepareLog, programEnvironment, resetPassword } from "./postgres/cluster.ts";
import { openHold } from "./postgres/hold.ts";
import { findPostmaster, stopPostmaster, untilReady, type Postmaster } from "./postgres/postmaster.ts";
import { readSettings, writeSettings, type Settings } from "./postgres/settings.ts";

export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number;
  /** It ran already: beside another process of ours, or after one that died without stopping it. */
  readonly adopted: boolean;
  /** Lets go of it; the last to do so stops the server. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds `postgres/` (the cluster), `postgres.json` (port and password) and `log/postgres.log`. */
  readonly home: string;
  /** False: faster, and lost with the power. For tests. */
  readonly durable: boolean;
  /** How many it takes at most; 60 where nobody says. */
  readonly connections?: number;
}

const LOOPBACK = "127.0.0.1";
const LOG_MAX_BYTES = 5 * 1024 * 1024;

/** Starts the server of this home, or joins the one that runs. Starting and stopping exclude each other, whoever does it. */
export function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  openHome(options.home);
  const lock = join(options.home, "postgres.lock");
  return exclusively(lock, async () => {
    const running = await findPostmaster(options.home, readSettings(options.home));
    const { pid, url } = running ?? (await start(options));
    const hold = await openHold(url);
    return {
      url,
      pid,
      adopted: running !== null,
      stop: () => exclusively(lock, async () => void ((await hold.release()) && (await stopPostmaster(pid)))),
    };
  });
}

async function start(options: EmbeddedPostgresOptions): Promise<Postmaster> {
  const { home, durable } = options;
  const programs = await preparePrograms(home);
  const kept = readSettings(home);
  const settings = {
    port: kept && (await isFree(kept.port)) ? kept.port : await freePort(0, LOOPBACK),
    password: kept?.password ?? randomBytes(24).toString("base64url"),
  };
  const made = hasCluster(home, programs.major);
  if (made && !kept) await resetPassword(home, programs, settings.password);
  writeSettings(home, settings);
  if (!made) await makeCluster(home, programs, { password: settings.password, durable });
  return untilReady(home, settings, launch(programs, settings, options));
}

function launch({ folder, who }: Programs, { port }: Settings, { home, durable, connections = 60 }: EmbeddedPostgresOptions): number {
  const cluster = clusterOf(home);
  prepareLog(home);
  const logFile = logOf(home);
  const log = openSync(logFile, existsSync(logFile) && statSync(logFile).size > LOG_MAX_BYTES ? "w" : "a", 0o600);
  const flags: Record<string, string> = {
    listen_addresses: LOOPBACK,
    unix_socket_directories: "",
    shared_buffers: "64MB",
    max_connections: String(connections),
    max_wal_size: "512MB",
    jit: "off",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const args = ["-D", pathFor(cluster), "-p", String(port), ...Object.entries(flags).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const child = spawn(join(folder, "bin", "postgres"), args, { ...who, cwd: cluster, env: programEnvironment, detached: true, stdio: ["ignore", log, log] });
  child.on("error", () => undefined);
  child.unref();
  closeSync(log);
  if (child.pid === undefined) throw new Error("the embedded PostgreSQL could not be started");
  return child.pid;
}

const isFree = (port: number): Promise<boolean> =>
  freePort(port, LOOPBACK).then(
    () => true,
    () => false,
  );
