/** The real server as it is deployed, in a process of its own; only the limits are out of the way, not off. */
import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { frugal } from "../../tools/frugal.mjs";
import type { Ground } from "./ground.ts";
import { answerOf, end, freePort, keep, nodeFlags, start } from "./processes.ts";

export interface RunningServer {
  readonly name: string;
  readonly database: string;
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly name: string;
  readonly database: string;
  readonly roles: string;
  /** Of Node: for profiles. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const READY_TRIES = 400;
const program = fileURLToPath(new URL("../../apps/server/src/main.ts", import.meta.url));

export async function startServer({ home, urlOf }: Ground, { name, database, roles, flags = [], environment = {} }: ServerOptions): Promise<RunningServer> {
  const port = await freePort();
  const child = keep(
    spawn(process.execPath, [...nodeFlags, ...flags, program, "serve", "--roles", roles], {
      cwd: home,
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        ...frugal,
        PATH: "/usr/bin:/bin",
        COOLY_HOME: home,
        DATABASE_URL: urlOf(database),
        AUTH_SECRET: "b".repeat(32),
        HOST: "127.0.0.1",
        PORT: String(port),
        LOG_LEVEL: "warn",
        RATE_LIMIT_PER_MINUTE: "100000000",
        RATE_LIMIT_IP_PER_MINUTE: "100000000",
        ...environment,
      },
    }),
  );
  await untilReady(child, port);
  return { name, database, port, pid: child.pid!, close: () => end(child) };
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const reply = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (reply?.ok) return;
    await sleep(50);
  }
  await end(child);
  throw new Error("the server did not become ready");
}

export async function startBareRoute({ urlOf }: Ground, database: string): Promise<RunningServer> {
  const child = start("load/bare-route.ts", [urlOf(database)]);
  const { port } = await answerOf<{ port: number }>(child);
  return { name: "bare", database, port, pid: child.pid!, close: () => end(child) };
}
