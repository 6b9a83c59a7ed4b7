/** A Redis or Valkey of one's own, where the machine has the program. */
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { end, keep } from "./child.ts";
import { freePort } from "./free-port.ts";

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Its name and version. */
  readonly version: string;
  /** Of an administrator, for whoever asks to end. */
  client(): Redis;
  /** Ends it (`SIGKILL`: in the middle of whatever it does); its folder stays. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Again, on the same port, with what it wrote down. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface RedisOptions {
  /** Words of its command line, after ours. */
  readonly words?: readonly string[];
  /** Whoever comes without it may do nothing. */
  readonly password?: string;
  /** Listens with TLS, and asks nobody for a certificate. */
  readonly tls?: { readonly keyFile: string; readonly certificateFile: string; readonly authorityFile: string };
}

const PROGRAMS = ["redis-server", "valkey-server"];
const PLACES = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
const TRIES = 200;
const USUAL = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];

/** What is missing, and how to get it. */
export const NO_REDIS = `there is no ${PROGRAMS.join(" or ")} on this machine (Debian: apt-get install redis-server; macOS: brew install redis)`;

export function findRedis(path: string): string | null {
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

/** With an append-only file flushed every second, which is how Redis keeps jobs, on a free port of this machine alone. */
export async function startRedis({ words = [], password, tls }: RedisOptions = {}): Promise<RedisServer> {
  const program = findRedis(process.env["PATH"] ?? "");
  if (!program) throw new Error(NO_REDIS);
  const [port, folder] = await Promise.all([freePort(), mkdtemp(join(tmpdir(), "cooly-redis-"))]);
  const open = (): Redis => {
    const client = new Redis({
      port,
      lazyConnect: true,
      retryStrategy: () => null,
      ...(password !== undefined && { password }),
      ...(tls && { tls: { rejectUnauthorized: false } }),
    });
    client.on("error", () => undefined);
    return client;
  };
  const place = tls ? ["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no", ...tlsWords(tls)] : ["--port", String(port)];
  const begin = async (): Promise<{ child: ChildProcess; version: string }> => {
    const child = keep(
      spawn(program, [...place, "--bind", "127.0.0.1", "--dir", folder, ...USUAL, ...(password === undefined ? [] : ["--requirepass", password]), ...words], {
        stdio: "ignore",
      }),
    );
    try {
      return { child, version: await untilReady(child, open) };
    } catch (error) {
      await end(child, "SIGKILL");
      throw error;
    }
  };
  let { child, version } = await begin();
  return {
    url: `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    port,
    version,
    get pid() {
      return child.pid!;
    },
    client: open,
    stop: (signal = "SIGKILL") => end(child, signal),
    async start() {
      ({ child, version } = await begin());
    },
    async close() {
      await end(child, "SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const tlsWords = ({ keyFile, certificateFile, authorityFile }: NonNullable<RedisOptions["tls"]>): string[] => [
  "--tls-key-file",
  keyFile,
  "--tls-cert-file",
  certificateFile,
  "--tls-ca-cert-file",
  authorityFile,
];

async function untilReady(child: ChildProcess, open: () => Redis): Promise<string> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
    const client = open();
    const told = await client
      .connect()
      .then(() => client.info("server"))
      .catch(() => null);
    client.disconnect();
    const version = /(?:valkey|redis)_version:([\d.]+)/.exec(told ?? "")?.[1];
    if (version) return `${/valkey_version/.test(told!) ? "Valkey" : "Redis"} ${version}`;
    await sleep(50);
  }
  throw new Error("redis-server did not become ready");
}
