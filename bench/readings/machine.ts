import { cpus, loadavg, release } from "node:os";
import { readFileSync } from "node:fs";
import type { Ground } from "../ground/ground.ts";

/** Where and with what a run was made. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly system: string;
  readonly loadAverage: number;
  readonly node: string;
  readonly postgres: string;
  readonly redis: string | null;
  readonly packages: Readonly<Record<string, string>>;
}

export async function readMachine({ admin, redis }: Ground): Promise<Machine> {
  const { rows } = await admin.query<{ version: string; durable: string }>(
    "select current_setting('server_version') as version, format('fsync %s, synchronous_commit %s', current_setting('fsync'), current_setting('synchronous_commit')) as durable",
  );
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    system: `${process.platform} ${release()}`,
    loadAverage: loadavg()[0]!,
    node: process.versions.node,
    postgres: `${rows[0]!.version}, ${rows[0]!.durable}`,
    redis: redis && `${redis.version}, append-only file, flushed every second`,
    packages: readPackages(),
  };
}

function readPackages(): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { devDependencies: Record<string, string> };
  return Object.fromEntries(Object.entries(devDependencies).filter(([name]) => !name.startsWith("@cooly/")));
}

export const describeMachine = ({ cores, processor, system, loadAverage, node, postgres, redis, packages }: Machine): string[] => [
  `${cores} cores (${processor}), ${system}, load average ${loadAverage.toFixed(1)} at the start`,
  `Node ${node}; PostgreSQL ${postgres}; ${redis ?? "no Redis"}`,
  Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(", "),
];
