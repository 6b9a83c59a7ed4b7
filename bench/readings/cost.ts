/** What an act costs besides time: read before and after, so it is the same on a busy machine. */
import { readdirSync, readFileSync } from "node:fs";
import type { Ground } from "../ground/ground.ts";

export interface Cost {
  /** Milliseconds of a core; null where the system does not tell. */
  readonly processMs: number | null;
  /** Of PostgreSQL and Redis together. */
  readonly storeMs: number | null;
  /** Transactions that wrote, of the whole PostgreSQL. */
  readonly commits: number;
  readonly walBytes: number;
}

const TICK_MS = 10;

/** `pids`: the processes that do it. Nothing else may be going on. */
export async function withCost<Value>(ground: Ground, pids: readonly number[], act: () => Promise<Value>): Promise<{ value: Value; cost: Cost }> {
  const before = { ...(await readCounters(ground)), ...readCpu(ground, pids) };
  const value = await act();
  const after = { ...readCpu(ground, pids), ...(await readCounters(ground)) };
  const since = (name: "processMs" | "storeMs"): number | null => (before[name] === null || after[name] === null ? null : after[name] - before[name]);
  return {
    value,
    cost: { processMs: since("processMs"), storeMs: since("storeMs"), commits: after.commits - before.commits, walBytes: after.walBytes - before.walBytes },
  };
}

async function readCounters({ admin }: Ground): Promise<{ commits: number; walBytes: number }> {
  const { rows } = await admin.query<{ next: string; wal: string }>(
    "select pg_snapshot_xmax(pg_current_snapshot())::text as next, pg_current_wal_lsn() - '0/0'::pg_lsn as wal",
  );
  return { commits: Number(rows[0]!.next), walBytes: Number(rows[0]!.wal) };
}

function readCpu({ postgresPid, redis }: Ground, pids: readonly number[]): { processMs: number | null; storeMs: number | null } {
  if (process.platform !== "linux") return { processMs: null, storeMs: null };
  return { processMs: cpuOf(pids), storeMs: cpuOfPostgres(postgresPid) + (redis ? cpuOf([redis.pid]) : 0) };
}

export const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + (statOf(pid)?.ms ?? 0), 0);

/** A process of it that has ended since is counted by its parent. */
function cpuOfPostgres(postmaster: number): number {
  const own = statOf(postmaster);
  const children = readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? (statOf(Number(entry)) ?? []) : []));
  return children.reduce((sum, { parent, ms }) => (parent === postmaster ? sum + ms : sum), (own?.ms ?? 0) + (own?.endedMs ?? 0));
}

function statOf(pid: number): { parent: number; ms: number; endedMs: number } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number);
    return { parent: fields[1]!, ms: (fields[11]! + fields[12]!) * TICK_MS, endedMs: (fields[13]! + fields[14]!) * TICK_MS };
  } catch {
    return null;
  }
}

const KIB = 1024;

/** Bytes of a process in memory now, and the most it ever had; null where the system does not tell. */
export function memoryOf(pid: number): { now: number; most: number } | null {
  if (process.platform !== "linux") return null;
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)![1]) * KIB;
  return { now: read("VmRSS"), most: read("VmHWM") };
}
