/** From an add to its handler, on an idle system. */
import { percentile, spreadAt, type Sample, type Target } from "../report/figures.ts";
import type { Waits } from "../sides/process.ts";
import { sideTitles, type SideName } from "../sides/side.ts";
import { interleave, openSides, using, type Suite } from "./suite.ts";

const SIDES: readonly SideName[] = ["cooly", "cooly-on-bullmq", "graphile-worker", "pg-boss", "bullmq-postgres", "bullmq-redis"];
const SCENARIO = "idle";
const JOBS = 15;
const P50 = "from the answer: p50, ms";
const P99 = "from the answer: p99, ms";
const CALL_P50 = "from the call: p50, ms";

function onBullmq(samples: readonly Sample[]): Target[] {
  const ours = { scenario: SCENARIO, side: sideTitles["cooly-on-bullmq"] };
  return [
    { says: "the same on BullMQ: p50", bound: { atMost: 10 }, unit: "ms", measured: spreadAt(samples, { ...ours, figure: P50 }) },
    { says: "the same on BullMQ: p99", bound: { atMost: 50 }, unit: "ms", measured: spreadAt(samples, { ...ours, figure: P99 }) },
  ];
}

export const wait: Suite = {
  name: "wait",
  title: "Accepted to worker start, on an idle system",
  run: (bench) =>
    openSides(bench, SIDES, "wait").then((sides) =>
      using(sides, async () => {
        const samples = await interleave(bench, { sides, what: "wait" }, async (side, round) => {
          const { fromCallMs, fromAnswerMs } = await side.do<Waits>({ do: "wait", jobs: JOBS * bench.scale.jobs });
          const figures = {
            [P50]: percentile(fromAnswerMs, 0.5),
            [P99]: percentile(fromAnswerMs, 0.99),
            [CALL_P50]: percentile(fromCallMs, 0.5),
            "from the call: p99, ms": percentile(fromCallMs, 0.99),
          };
          return { scenario: SCENARIO, side: side.title, round, figures };
        });
        const ours = { scenario: SCENARIO, side: sideTitles.cooly };
        return {
          samples,
          targets: [
            { says: "accepted to gen worker start, idle: p50", bound: { atMost: 5 }, unit: "ms", measured: spreadAt(samples, { ...ours, figure: P50 }) },
            { says: "accepted to gen worker start, idle: p99", bound: { atMost: 50 }, unit: "ms", measured: spreadAt(samples, { ...ours, figure: P99 }) },
            ...(bench.ground.redis ? onBullmq(samples) : []),
          ],
          charts: [
            {
              file: "wait",
              title: "From the call that adds a job to its handler, idle: p50",
              unit: "milliseconds, less is better",
              target: null,
              bars: sides.map(({ name, title }) => ({
                label: title,
                ours: name.startsWith("cooly"),
                spread: spreadAt(samples, { scenario: SCENARIO, side: title, figure: CALL_P50 }),
              })),
            },
          ],
          notes: [
            "One job at a time, with a pause before each. Cooly's call is an accept with its reservation, outputs and outbox; the others' adds one row. Its handler is the provider adapter.",
          ],
        };
      }),
    ),
};
