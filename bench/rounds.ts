/** The two sides in turn, so that whatever else the machine does meets both. */
import type { Ground, Side } from "./ground.ts";
import type { Outcome } from "./load.ts";
import { readCpu, spentBetween } from "./readings.ts";

export interface Scenario {
  readonly name: string;
  readonly clients: number;
  readonly users: "many" | "one";
}

export const scenarios: readonly Scenario[] = [
  { name: "1 client", clients: 1, users: "many" },
  { name: "64 clients", clients: 64, users: "many" },
  { name: "64 clients, one hot user", clients: 64, users: "one" },
];

export interface Round {
  readonly side: Side["name"];
  readonly scenario: string;
  readonly accepted: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Milliseconds of a core for each accept, or null where the system does not tell. */
  readonly serverCpuMs: number | null;
  readonly postgresCpuMs: number | null;
}

const body = JSON.stringify({
  model: "demo/painter",
  input: { prompt: "a lighthouse above a quiet sea at dusk, long light, autumn", size: "1024x1024" },
  outputs: 1,
});

export async function runRound(ground: Ground, side: Side, { scenario, seconds }: { scenario: Scenario; seconds: number }): Promise<Round> {
  const bearers = scenario.users === "one" ? ground.bearers.slice(0, 1) : ground.bearers;
  const before = readCpu(ground, side);
  const outcome = await ground.drive({ port: side.port, bearers, body, clients: scenario.clients, seconds });
  const after = readCpu(ground, side);
  const accepted = allAccepted(outcome, side);
  const cpu = before && after && spentBetween(before, after);
  return {
    side: side.name,
    scenario: scenario.name,
    accepted,
    perSecond: accepted / outcome.seconds,
    p50Ms: outcome.p50Ms,
    p99Ms: outcome.p99Ms,
    serverCpuMs: cpu && cpu.server / accepted,
    postgresCpuMs: cpu && cpu.postgres / accepted,
  };
}

// A refusal is cheaper than an accept: a round with one of them measured something else.
function allAccepted({ answers }: Outcome, side: Side): number {
  const { 202: accepted = 0, ...others } = answers;
  if (accepted === 0 || Object.keys(others).length > 0) throw new Error(`${side.name} answered ${JSON.stringify(answers)}`);
  return accepted;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}
