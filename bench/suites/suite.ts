import type { ChildProcess } from "node:child_process";
import type { Ground } from "../ground/ground.ts";
import { answerOf, ask, end, start } from "../ground/processes.ts";
import type { Cost } from "../readings/cost.ts";
import type { Chart } from "../report/chart.ts";
import type { Sample, Target } from "../report/figures.ts";
import { sideTitles, type SideName } from "../sides/side.ts";
import type { Task } from "../sides/process.ts";

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Left out of a quick run. */
  readonly long?: boolean;
  run(bench: Bench): Promise<Measured>;
}

export interface Bench {
  readonly ground: Ground;
  readonly scale: Scale;
  /** Of the server's Node, for profiles. */
  readonly serverFlags: readonly string[];
  say(line: string): void;
  /** The database with a past; made when it is first asked for. */
  aged(): Promise<string>;
}

export interface Scale {
  readonly quick: boolean;
  readonly rounds: number;
  /** Of a round of accepts. */
  readonly seconds: number;
  /** Multiplies counts of jobs. */
  readonly jobs: number;
  /** Generations in the past of the aged database. */
  readonly past: number;
}

export interface Measured {
  readonly samples: readonly Sample[];
  readonly targets: readonly Target[];
  readonly charts: readonly Chart[];
  /** Sentences below the table. */
  readonly notes: readonly string[];
}

export interface Running {
  readonly name: SideName;
  readonly title: string;
  readonly database: string | null;
  readonly pid: number;
  do<Answer>(task: Task): Promise<Answer>;
  /** Gone without a goodbye. */
  kill(): void;
  close(): Promise<void>;
}

/** `prefix`: of its database's name. */
export interface Opening {
  readonly prefix: string;
  readonly providerMs?: number;
}

/** Sides in processes of their own, all but those that this machine cannot have. */
export function openSides(bench: Bench, names: readonly SideName[], prefix: string): Promise<Running[]> {
  const present = names.filter((name) => !livesInRedis(name) || bench.ground.redis);
  return Promise.all(present.map((name) => openSide(bench, name, { prefix })));
}

export const livesInRedis = (name: SideName): boolean => /redis$|on-bullmq$/.test(name);
/** Those of ours that are a broker's driver alone, and BullMQ, have none. */
const hasDatabase = (name: SideName): boolean => !/redis$|queue-on-/.test(name);

export async function openSide({ ground }: Bench, name: SideName, { prefix, ...more }: Opening): Promise<Running> {
  const database = hasDatabase(name) ? `${prefix}_${name.replaceAll("-", "_")}` : null;
  const url = database ? await ground.database(database, name.startsWith("cooly") ? "cooly" : "empty") : (ground.redis?.url ?? "");
  const broker = name.endsWith("-on-sqs")
    ? await ground.sqs(`${prefix}-${name}`)
    : name.endsWith("-on-bullmq")
      ? ({ driver: "bullmq", url: ground.redis!.url, prefix: `${prefix}-${name}` } as const)
      : undefined;
  const options = { url, home: ground.home, accountIds: ground.users.map(({ accountId }) => accountId), ...more, ...(broker && { broker }) };
  const child: ChildProcess = start("sides/process.ts", [name, JSON.stringify(options)]);
  await answerOf(child);
  return {
    name,
    title: sideTitles[name],
    database,
    pid: child.pid!,
    do: (task) => ask(child, task),
    kill: () => void child.kill("SIGKILL"),
    close: () => end(child),
  };
}

/** Opens, acts, and closes whatever happens. */
export async function using<Opened extends { close(): Promise<void> }, Value>(
  opened: readonly Opened[],
  act: (opened: readonly Opened[]) => Promise<Value>,
): Promise<Value> {
  try {
    return await act(opened);
  } finally {
    for (const one of opened) await one.close();
  }
}

/** Every side in turn, round after round, so that whatever else the machine does meets all of them. */
export async function interleave<Side>(
  { scale, say }: Bench,
  { sides, what }: { sides: readonly Side[]; what: string },
  act: (side: Side, round: number) => Promise<Sample>,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= scale.rounds; round += 1) {
    say(`${what}: round ${round} of ${scale.rounds}`);
    for (const side of sides) samples.push(await act(side, round));
  }
  return samples;
}

/** What one of so many cost. */
export function costsEach({ processMs, storeMs, commits, walBytes }: Cost, count: number): Record<string, number> {
  return {
    ...(processMs !== null && { "process CPU, ms each": processMs / count }),
    ...(storeMs !== null && { "store CPU, ms each": storeMs / count }),
    "commits each": commits / count,
    "WAL, bytes each": walBytes / count,
  };
}
