/** A PgBouncer in transaction mode before a PostgreSQL of the tests, as Debian has it. */
import { spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../apps/server/src/compose/free-port.ts";

export interface Pooler {
  /** The same database, through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface PoolerOptions {
  readonly mode: "transaction" | "session";
  /** What startup parameters it lets pass unheard. */
  readonly ignores?: readonly string[];
}

const NOBODY = 65_534;
const TRIES = 100;
const isRoot = process.getuid?.() === 0;

export async function startPgBouncer(databaseUrl: string, { mode, ignores = [] }: PoolerOptions): Promise<Pooler> {
  const to = new URL(databaseUrl);
  const port = await freePort(0, "127.0.0.1");
  const folder = mkdtempSync(join(tmpdir(), "cooly-pgbouncer-"));
  const file = join(folder, "pgbouncer.ini");
  const users = join(folder, "users.txt");
  writeFileSync(users, `"${decodeURIComponent(to.username)}" "${decodeURIComponent(to.password)}"\n`);
  writeFileSync(
    file,
    `[databases]
* = host=${to.hostname} port=${to.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = ${mode}
max_client_conn = 200
default_pool_size = 20
ignore_startup_parameters = ${["extra_float_digits", ...ignores].join(",")}
`,
  );
  // It refuses to run as root.
  if (isRoot) for (const path of [folder, file, users]) chownSync(path, NOBODY, NOBODY);
  const child = spawn("/usr/sbin/pgbouncer", [file], { stdio: ["ignore", "ignore", "pipe"], cwd: folder, ...(isRoot && { uid: NOBODY, gid: NOBODY }) });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      said += error.message;
      resolve();
    });
    child.once("close", () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (child.exitCode !== null || child.pid === undefined || tries === TRIES) {
      await stop();
      throw new Error(`pgbouncer did not start (Debian: apt-get install pgbouncer): ${said}`);
    }
    await sleep(50);
  }
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return { url: url.href, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
