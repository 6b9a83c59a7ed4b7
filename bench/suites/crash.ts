/** From the death of a worker to the same work in the hands of another. */
import { setTimeout as sleep } from "node:timers/promises";
import { percentile, spreadAt } from "../report/figures.ts";
import { interleave, openSide, using, type Bench, type Suite } from "./suite.ts";

const IN_HAND = 30;
const SLOW_MS = 60_000;
const PATIENCE_MS = 60_000;
const SCENARIO = "kill -9 of one of two workers";
const SIDE = `${IN_HAND} outputs in hand`;
const P99 = "p99, s";

export const crash: Suite = {
  name: "crash",
  title: "Crash to resumed",
  long: true,
  async run(bench) {
    const samples = await interleave(bench, { sides: [SIDE], what: "crash" }, async (side, round) => {
      const took = await killOne(bench);
      return { scenario: SCENARIO, side, round, figures: { "p50, s": percentile(took, 0.5), [P99]: percentile(took, 0.99) } };
    });
    const measured = spreadAt(samples, { scenario: SCENARIO, side: SIDE, figure: P99 });
    return {
      samples,
      targets: [{ says: "crash to resumed: p99", bound: { atMost: 10 }, unit: "s", measured }],
      charts: [],
      notes: [
        "From the kill to the next attempt, by the database's clock. By their manuals BullMQ takes 30 to 60 s, pg-boss 15 minutes and graphile-worker 4 hours.",
      ],
    };
  },
};

async function killOne(bench: Bench): Promise<number[]> {
  const victim = await openSide(bench, "cooly", { prefix: "crash", providerMs: SLOW_MS });
  await victim.do({ do: "hold", jobs: IN_HAND });
  return using([await openSide(bench, "cooly", { prefix: "crash" })], async ([heir]) => {
    await heir!.do({ do: "idle" });
    // A lease in every stage of its life.
    await sleep(3_000 + Math.random() * 2_000);
    const db = await bench.ground.connect(victim.database!);
    try {
      const { rows } = await db.query<{ at: Date }>("select clock_timestamp() as at");
      victim.kill();
      for (const deadlineMs = Date.now() + PATIENCE_MS; Date.now() < deadlineMs; await sleep(250)) {
        const { rows: resumed } = await db.query<{ seconds: number }>(
          "select extract(epoch from prepared_at - $1)::float8 as seconds from attempts where attempt = 2 and prepared_at > $1",
          [rows[0]!.at],
        );
        if (resumed.length === IN_HAND)
          return await settled(
            db,
            resumed.map(({ seconds }) => seconds),
          );
      }
      throw new Error(`not all of ${IN_HAND} outputs were taken up within ${PATIENCE_MS / 1000} s`);
    } finally {
      await db.end();
    }
  });
}

/** Once nothing is left to do. */
async function settled<Value>(db: { query(text: string): Promise<{ rows: unknown[] }> }, value: Value): Promise<Value> {
  while ((await db.query("select from work limit 1")).rows.length > 0) await sleep(100);
  return value;
}
