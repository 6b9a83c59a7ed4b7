/** Counters of the database and the machine, read before and after: what is left when the noise is gone. */
import { readdirSync, readFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import pg from "pg";
import type { Ground, Side } from "./ground.ts";

/** Every backend has told its counters by then. */
export const STATISTICS_MS = 11_000;

export interface Counters {
  readonly transactions: number;
  readonly walBytes: number;
}

/** All transactions of a side's database so far, reading ones too, and the position in the log of the whole server. */
export async function readCounters({ databaseUrl }: Side): Promise<Counters> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client
    .query<{ transactions: string; wal: string }>(
      `select xact_commit + xact_rollback as transactions, pg_current_wal_lsn() - '0/0'::pg_lsn as wal
       from pg_stat_database where datname = current_database()`,
    )
    .finally(() => client.end());
  return { transactions: Number(rows[0]!.transactions), walBytes: Number(rows[0]!.wal) };
}

/** Milliseconds of a core so far: of a side's process, and of each process of PostgreSQL. */
export interface CpuTimes {
  readonly server: number;
  readonly postgres: ReadonlyMap<string, number>;
}

const TICK_MS = 10;

/** Null where the system does not tell. */
export function readCpu({ postgresPid }: Ground, { pid }: Side): CpuTimes | null {
  if (process.platform !== "linux") return null;
  const postgres = new Map<string, number>();
  for (const entry of readdirSync("/proc")) {
    const stat = /^\d+$/.test(entry) ? statOf(entry) : null;
    if (stat && (stat.parent === postgresPid || Number(entry) === postgresPid)) postgres.set(entry, stat.ms);
  }
  return { server: statOf(String(pid))?.ms ?? 0, postgres };
}

/** What was spent between two readings. A process that ended between them is left out. */
export function spentBetween(before: CpuTimes, after: CpuTimes): { server: number; postgres: number } {
  let postgres = 0;
  for (const [pid, ms] of after.postgres) postgres += ms - (before.postgres.get(pid) ?? 0);
  return { server: after.server - before.server, postgres };
}

function statOf(pid: string): { parent: number; ms: number } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
  } catch {
    return null;
  }
}

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly system: string;
  readonly loadAverage: number;
  readonly node: string;
  readonly postgres: string;
  readonly fsync: string;
}

export async function readMachine({ db }: Ground): Promise<Machine> {
  const { rows } = await db.pool.query<{ version: string; fsync: string }>(
    "select current_setting('server_version') as version, current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit') as fsync",
  );
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    system: `${process.platform} ${release()}`,
    loadAverage: loadavg()[0]!,
    node: process.versions.node,
    postgres: rows[0]!.version,
    fsync: rows[0]!.fsync,
  };
}
