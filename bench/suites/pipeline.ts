/** Outputs through the whole pipeline with a provider that answers at once, beside jobs that do nothing. */
import { withCost } from "../readings/cost.ts";
import { countStatements, logStatements } from "../readings/statements.ts";
import type { Chart } from "../report/chart.ts";
import { ratio, spreadAt, type Sample, type Target } from "../report/figures.ts";
import type { Drained, Flowed } from "../sides/process.ts";
import { sideNames, sideTitles, type SideName } from "../sides/side.ts";
import { costsEach, interleave, openSide, openSides, using, type Bench, type Measured, type Running, type Suite } from "./suite.ts";

const DRAIN = "worked off";
const FLOW = "added by 64 callers meanwhile";
const COUNTED = "statements";
const DONE = "jobs/s";
const COMMITS = "commits each";
const STATEMENTS = "statements each";
const CALLERS = 64;
const COUNTED_JOBS = 192;

/** Beside PostgreSQL. */
const drivers = ["bullmq", "sqs"] as const;

/** About half a second each. */
const drains: Readonly<Record<SideName, number>> = {
  cooly: 96,
  "cooly-bare": 400,
  "cooly-on-bullmq": 400,
  "cooly-on-sqs": 300,
  "cooly-queue": 5_000,
  "cooly-queue-on-bullmq": 2_000,
  "cooly-queue-on-sqs": 1_500,
  "graphile-worker": 2_500,
  "pg-boss": 5_000,
  "bullmq-postgres": 300,
  "bullmq-redis": 2_500,
};
const flows: Readonly<Record<SideName, number>> = {
  cooly: 160,
  "cooly-bare": 250,
  "cooly-on-bullmq": 250,
  "cooly-on-sqs": 250,
  "cooly-queue": 1_000,
  "cooly-queue-on-bullmq": 500,
  "cooly-queue-on-sqs": 500,
  "graphile-worker": 250,
  "pg-boss": 250,
  "bullmq-postgres": 250,
  "bullmq-redis": 1_500,
};

export const pipeline: Suite = {
  name: "pipeline",
  title: "Outputs through the whole pipeline, instant provider",
  run: async (bench) => using(await openSides(bench, sideNames, "pipeline"), (sides) => measure(bench, sides)),
};

async function measure(bench: Bench, sides: readonly Running[]): Promise<Measured> {
  const drained = await interleave(bench, { sides, what: "pipeline, worked off" }, async (side, round) => {
    const jobs = drains[side.name] * bench.scale.jobs;
    const { value, cost } = await withCost(bench.ground, [side.pid], () => side.do<Drained>({ do: "drain", jobs }));
    return {
      scenario: DRAIN,
      side: side.title,
      round,
      figures: { [DONE]: value.donePerSecond, "added in bulk, jobs/s": value.addedPerSecond, ...costsEach(cost, jobs) },
    };
  });
  const flowed = await interleave(bench, { sides, what: "pipeline, added meanwhile" }, async (side, round) => {
    const jobs = flows[side.name] * bench.scale.jobs;
    const { value, cost } = await withCost(bench.ground, [side.pid], () => side.do<Flowed>({ do: "flow", jobs, callers: CALLERS }));
    return { scenario: FLOW, side: side.title, round, figures: { [DONE]: jobs / value.seconds, ...costsEach(cost, jobs) } };
  });
  const samples = [...drained, ...flowed, ...(await count(bench, sides))];
  const absent = bench.ground.redis ? [] : ["What runs on Redis was left out: this machine has none."];
  return { samples, targets: targetsOf(samples), charts: [chartOf(samples, sides)], notes: [...notes, ...absent] };
}

const notes = [
  'The provider is one of the bench\'s own, in the process of the worker, that answers at once with the bytes of a small PNG. "Whole pipeline" looks at the picture, makes its thumbnail and flushes both files; "without the files" leaves that out, and is what the database is asked for alone.',
  "SQS is an emulator in a process of its own (fauxqs): what it says is of our driver and of HTTP, not of AWS.",
  "Everything else is the product: accept, relay, queue, claim, the mark before sending, settlement, events and the session sweeper, in one process as `npm start` has them. The jobs of the others do nothing.",
];

/** In a process and a run of their own, because to log every statement takes time. */
async function count(bench: Bench, sides: readonly Running[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const { name, title, database } of sides) {
    if (!database || name === "cooly-queue" || name.includes("-on-")) continue;
    bench.say(`pipeline, counting the statements of ${title}`);
    await logStatements(bench.ground, database);
    const statements = await using([await openSide(bench, name, { prefix: "pipeline" })], async ([side]) => {
      const counted = await countStatements(bench.ground, () => side!.do({ do: "flow", jobs: COUNTED_JOBS, callers: CALLERS }));
      return counted.of(database);
    });
    samples.push({ scenario: COUNTED, side: title, round: 1, figures: { [STATEMENTS]: statements / COUNTED_JOBS } });
  }
  return samples;
}

function targetsOf(samples: readonly Sample[]): Target[] {
  const at = (scenario: string, side: SideName, figure: string) => ({ scenario, side: sideTitles[side], figure });
  const queue = at(DRAIN, "cooly-queue", DONE);
  return [
    {
      says: "outputs/s through the whole pipeline / the queue driver's own no-op jobs/s",
      bound: { atLeast: 0.5 },
      unit: "",
      measured: ratio(samples, at(DRAIN, "cooly", DONE), queue),
    },
    { says: "the same without the files", bound: { atLeast: 0.5 }, unit: "", measured: ratio(samples, at(DRAIN, "cooly-bare", DONE), queue) },
    ...drivers.flatMap((driver) => {
      const [ours, alone] = [at(DRAIN, `cooly-on-${driver}`, DONE), at(DRAIN, `cooly-queue-on-${driver}`, DONE)];
      if (!samples.some(({ side }) => side === ours.side)) return [];
      return [{ says: `the same on ${driver} / that driver's own`, bound: { atLeast: 0.5 }, unit: "", measured: ratio(samples, ours, alone) }];
    }),
    { says: "commits per generation at load", bound: { atMost: 0.5 }, unit: "", measured: spreadAt(samples, at(FLOW, "cooly", COMMITS)) },
    { says: "statements per generation at load", bound: { atMost: 5 }, unit: "", measured: spreadAt(samples, at(COUNTED, "cooly", STATEMENTS)) },
  ];
}

function chartOf(samples: readonly Sample[], sides: readonly Running[]): Chart {
  const queue = spreadAt(samples, { scenario: DRAIN, side: sideTitles["cooly-queue"], figure: DONE });
  return {
    file: "pipeline",
    title: "Outputs through the pipeline, beside no-op jobs of queues",
    unit: "per second, more is better",
    target: { value: queue.median / 2, says: "target: half of our queue alone" },
    bars: sides.map(({ name, title }) => ({
      label: title,
      ours: name.startsWith("cooly"),
      spread: spreadAt(samples, { scenario: DRAIN, side: title, figure: DONE }),
    })),
  };
}
