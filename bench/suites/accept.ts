/** What an accept costs beside a bare Express route that does one durable INSERT, and whether a past makes it dearer. */
import type { ChildProcess } from "node:child_process";
import { startBareRoute, startServer, type RunningServer } from "../ground/servers.ts";
import { ask, end, start } from "../ground/processes.ts";
import type { Outcome, Plan } from "../load/load.ts";
import { withCost } from "../readings/cost.ts";
import type { Chart } from "../report/chart.ts";
import { ratio, spreadAt, type Sample, type Target } from "../report/figures.ts";
import { costsEach, interleave, using, type Bench, type Measured, type Suite } from "./suite.ts";

interface Scenario {
  readonly name: string;
  readonly clients: number;
  readonly users: "many" | "one";
}

const ONE = { name: "1 client", clients: 1, users: "many" } as const;
const MANY = { name: "64 clients", clients: 64, users: "many" } as const;
const HOT = { name: "64 clients, one hot user", clients: 64, users: "one" } as const;
const SIDES = { fresh: "Cooly", aged: "Cooly, aged", bare: "bare Express + INSERT" };

// The code that answers is compiled while it runs, and ours is more of it.
const WARM_UP_SECONDS = 3;

const body = JSON.stringify({
  model: "demo/painter",
  input: { prompt: "a lighthouse above a quiet sea at dusk, long light, autumn", size: "1024x1024" },
  outputs: 1,
});

export const accept: Suite = {
  name: "accept",
  title: "Accept: a request in to its 202",
  async run(bench) {
    const { ground } = bench;
    const aged = await bench.aged();
    await ground.database("accept", "cooly");
    await ground.database("bare", "empty");
    const api = { roles: "api", flags: bench.serverFlags };
    const load = start("load/load.ts");
    return using([{ close: () => end(load) }], async () => {
      const [fresh, old, bare] = await Promise.all([
        startServer(ground, { ...api, name: SIDES.fresh, database: "accept" }),
        startServer(ground, { ...api, name: SIDES.aged, database: aged }),
        startBareRoute(ground, "bare"),
      ]);
      const sides: readonly RunningServer[] = [fresh, old, { ...bare, name: SIDES.bare }];
      return using(sides, () => measure(bench, sides, load));
    });
  },
};

async function measure(bench: Bench, sides: readonly RunningServer[], load: ChildProcess): Promise<Measured> {
  const before = await Promise.all(sides.map((side) => rowsOf(bench, side)));
  const accepted = new Map<string, number>();
  const round = async (side: RunningServer, { scenario, seconds }: { scenario: Scenario; seconds: number }) => {
    const bearers = bench.ground.users.slice(0, scenario.users === "one" ? 1 : undefined).map(({ bearer }) => bearer);
    const plan: Plan = { port: side.port, bearers, body, clients: scenario.clients, seconds };
    const { value, cost } = await withCost(bench.ground, [side.pid], () => ask<Outcome>(load, plan));
    const count = allAccepted(value, side);
    accepted.set(side.name, (accepted.get(side.name) ?? 0) + count);
    return { outcome: value, count, cost };
  };
  for (const side of sides) await round(side, { scenario: MANY, seconds: WARM_UP_SECONDS });
  const samples: Sample[] = [];
  for (const scenario of [ONE, MANY, HOT]) {
    const taken = await interleave(bench, { sides, what: `accept, ${scenario.name}` }, async (side, number) => {
      const { outcome, count, cost } = await round(side, { scenario, seconds: bench.scale.seconds });
      const figures = { "p50, ms": outcome.p50Ms, "p99, ms": outcome.p99Ms, "accepts/s": count / outcome.seconds, ...costsEach(cost, count) };
      return { scenario: scenario.name, side: side.name, round: number, figures };
    });
    samples.push(...taken);
  }
  for (const [at, side] of sides.entries()) await proveRows(bench, side, before[at]! + accepted.get(side.name)!);
  const notes = [
    `Aged: beside ${bench.scale.past.toLocaleString("en")} finished generations of one of the 256 users, the hot one; fresh: beside those of this run. Each request has an idempotency key of its own.`,
    `All ${[...accepted.values()].reduce((sum, count) => sum + count, 0).toLocaleString("en")} requests were answered 202, and each is a row.`,
  ];
  return { samples, targets: targetsOf(samples), charts: chartsOf(samples), notes };
}

// A refusal is cheaper than an accept: a round with one of them measured something else.
function allAccepted({ answers }: Outcome, side: RunningServer): number {
  const { 202: accepted = 0, ...others } = answers;
  if (accepted === 0 || Object.keys(others).length > 0) throw new Error(`${side.name} answered ${JSON.stringify(answers)}`);
  return accepted;
}

async function rowsOf({ ground }: Bench, { name, database }: RunningServer): Promise<number> {
  const db = await ground.connect(database);
  const { rows } = await db.query<{ count: string }>(`select count(*) from ${name === SIDES.bare ? "accepted" : "generations"}`).finally(() => db.end());
  return Number(rows[0]!.count);
}

async function proveRows(bench: Bench, side: RunningServer, wanted: number): Promise<void> {
  const rows = await rowsOf(bench, side);
  if (rows !== wanted) throw new Error(`${side.name} answered 202 ${wanted} times, and ${rows} of them are rows`);
}

function targetsOf(samples: readonly Sample[]): Target[] {
  const at = (scenario: Scenario, side: keyof typeof SIDES, figure: string) => ({ scenario: scenario.name, side: SIDES[side], figure });
  return [
    {
      says: "accept, 1 client: p50, Cooly / bare route",
      bound: { atMost: 2 },
      unit: "",
      measured: ratio(samples, at(ONE, "fresh", "p50, ms"), at(ONE, "bare", "p50, ms")),
    },
    {
      says: "accept, 64 clients: accepts/s, Cooly / bare route",
      bound: { atLeast: 1 },
      unit: "",
      measured: ratio(samples, at(MANY, "fresh", "accepts/s"), at(MANY, "bare", "accepts/s")),
    },
    {
      says: "accept, 64 clients: accepts/s, one hot user / many users",
      bound: { atLeast: 0.4 },
      unit: "",
      measured: ratio(samples, at(HOT, "fresh", "accepts/s"), at(MANY, "fresh", "accepts/s")),
    },
    {
      says: "accept, 1 client: p50, aged / fresh",
      bound: { atMost: 1.1 },
      unit: "",
      measured: ratio(samples, at(ONE, "aged", "p50, ms"), at(ONE, "fresh", "p50, ms")),
    },
    {
      says: "accept, 64 clients: time of one, aged / fresh",
      bound: { atMost: 1.1 },
      unit: "",
      measured: ratio(samples, at(MANY, "fresh", "accepts/s"), at(MANY, "aged", "accepts/s")),
    },
    {
      says: "accept, one hot user: time of one, aged / fresh",
      bound: { atMost: 1.1 },
      unit: "",
      measured: ratio(samples, at(HOT, "fresh", "accepts/s"), at(HOT, "aged", "accepts/s")),
    },
  ];
}

function chartsOf(samples: readonly Sample[]): Chart[] {
  const bars = (scenario: Scenario, figure: string) =>
    (Object.keys(SIDES) as (keyof typeof SIDES)[]).map((side) => ({
      label: SIDES[side],
      ours: side !== "bare",
      spread: spreadAt(samples, { scenario: scenario.name, side: SIDES[side], figure }),
    }));
  const bare = (scenario: Scenario, figure: string): number => spreadAt(samples, { scenario: scenario.name, side: SIDES.bare, figure }).median;
  return [
    {
      file: "accept-1-client",
      title: "Accept, 1 client: p50 from request to 202",
      unit: "milliseconds, less is better",
      target: { value: 2 * bare(ONE, "p50, ms"), says: "target: at most 2 × bare" },
      bars: bars(ONE, "p50, ms"),
    },
    {
      file: "accept-64-clients",
      title: "Accept, 64 clients",
      unit: "accepts per second, more is better",
      target: { value: bare(MANY, "accepts/s"), says: "target: at least bare" },
      bars: bars(MANY, "accepts/s"),
    },
  ];
}
