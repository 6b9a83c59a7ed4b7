/** The server process of a cluster, as its `postmaster.pid` and its port tell. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { clusterOf, essence, logOf } from "./cluster.ts";
import { urlOf, type Settings } from "./settings.ts";

const ANSWER_MS = 60_000;
const STOP_MS = 60_000;
const LOOK_MS = 20;

export interface Postmaster {
  readonly pid: number;
  readonly url: string;
}

const readText = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
};

/** The server that runs on this home's cluster, once it answers; null if none does. */
export async function findPostmaster(home: string, settings: Settings | null): Promise<Postmaster | null> {
  const file = join(clusterOf(home), "postmaster.pid");
  const deadline = Date.now() + ANSWER_MS;
  while (Date.now() < deadline) {
    const [pidLine, , , portLine] = readText(file)?.split("\n") ?? [];
    if (pidLine === undefined) return null;
    const [pid, port] = [Number(pidLine), Number(portLine)];
    if (!isPostgres(pid)) {
      // Its number may be another process's by now, which PostgreSQL would take for itself and refuse to start.
      rmSync(file, { force: true });
      return null;
    }
    if (!settings)
      throw new Error(
        `a PostgreSQL (process ${pid}) runs on ${clusterOf(home)} but postgres.json, which holds its password, is gone; stop it with: kill -INT ${pid}`,
      );
    const url = urlOf({ ...settings, port });
    const answer = port > 0 ? await knock(url) : "silent";
    if (answer === "ready") return { pid, url };
    if (answer === "stranger")
      throw new Error(`the PostgreSQL of ${home} (process ${pid}) refuses the password in postgres.json; put that file back from a backup`);
    await sleep(LOOK_MS);
  }
  throw new Error(`the PostgreSQL of ${home} runs but does not answer; ${logOf(home)} says why`);
}

/** Resolves when a server that was just started answers. */
export async function untilReady(home: string, settings: Settings, pid: number): Promise<Postmaster> {
  const deadline = Date.now() + ANSWER_MS;
  const url = urlOf(settings);
  while (Date.now() < deadline && isAlive(pid)) {
    const answer = await knock(url);
    if (answer === "ready") return { pid, url };
    if (answer === "stranger") {
      await stopPostmaster(pid);
      throw new Error(
        `the database of ${home} refuses the password in postgres.json; put that file back from a backup, or remove it: the database then gets a new one`,
      );
    }
    await sleep(LOOK_MS);
  }
  const why = essence(readText(logOf(home)) ?? "") ?? "it said nothing";
  throw new Error(`the embedded PostgreSQL did not start: ${why} (${logOf(home)})`);
}

/** Ends its connections, writes what it has, and ends. */
export async function stopPostmaster(pid: number): Promise<void> {
  if (!isPostgres(pid)) return;
  process.kill(pid, "SIGINT");
  const deadline = Date.now() + STOP_MS;
  while (Date.now() < deadline && isAlive(pid)) await sleep(LOOK_MS);
}

async function knock(url: string): Promise<"ready" | "stranger" | "silent"> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
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
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  if (process.platform !== "linux") return true;
  const stat = readText(`/proc/${pid}/stat`);
  return stat !== null && !/^\d+ \(.*\) Z/.test(stat);
}

function isPostgres(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== "linux") return true;
  return readText(`/proc/${pid}/comm`)?.trim() === "postgres";
}
