/** A Redis or Valkey of one's own on a free port of this machine, where it has the program. */
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { end, freePort, keep } from "../../bench/ground/processes.ts";

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Its name and version. */
  readonly version: string;
  /** As a crash does. Another may be started on its port, with what it has flushed. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Further words of its command line. */
  readonly words?: readonly string[];
}

const PROGRAMS = ["redis-server", "valkey-server"];
const PLACES = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
const TRIES = 200;

/** Why there is none, for people. */
export const NO_REDIS = `there is no ${PROGRAMS.join(" or ")} on this machine (Debian: apt-get install redis-server; macOS: brew install redis)`;

/** With an append-only file flushed every second, which is how Redis keeps jobs. Null where there is none. */
export async function startRedis(home: string, path: string, { port: given, words = [] }: RedisOptions = {}): Promise<RedisServer | null> {
  const program = findProgram(path);
  if (!program) return null;
  const port = given ?? (await freePort());
  const folder = join(home, "redis");
  mkdirSync(folder, { recursive: true });
  const usual = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];
  const child = keep(spawn(program, [...usual, ...words], { stdio: "ignore" }));
  try {
    const version = await untilReady(child, port);
    return {
      url: `redis://127.0.0.1:${port}`,
      port,
      pid: child.pid!,
      version,
      async kill() {
        child.kill("SIGKILL");
        await end(child);
      },
      stop: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

/** For tests, which fail where there is none. */
export async function needRedis(home: string, options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(home, process.env["PATH"] ?? "", options);
  if (!server) throw new Error(NO_REDIS);
  return server;
}

function findProgram(path: string): string | null {
  for (const place of new Set([...path.split(delimiter).filter(Boolean), ...PLACES])) {
    for (const name of PROGRAMS) if (canRun(join(place, name))) return join(place, name);
  }
  return null;
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function untilReady(child: ChildProcess, port: number): Promise<string> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    const client = new Redis({ port, lazyConnect: true, enableReadyCheck: false, disableClientInfo: true, retryStrategy: () => null });
    client.on("error", () => undefined);
    const told = await client
      .connect()
      .then(() => client.info("server"))
      // With a password, whoever asks without it is told so: it is there.
      .catch((error: Error) => (/NOAUTH/.test(error.message) ? "redis_version:0" : null));
    client.disconnect();
    const version = /(?:valkey|redis)_version:([\d.]+)/.exec(told ?? "")?.[1];
    if (version) return `${/valkey_version/.test(told!) ? "Valkey" : "Redis"} ${version}`;
    await sleep(50);
  }
  throw new Error("redis-server did not become ready");
}
