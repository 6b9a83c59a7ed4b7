/** From the outbox to the queue, beside the queue's own bulk add. */
import { createPostgresQueue } from "@cooly/drivers/queue/postgres";
import { newUuid } from "@cooly/contract";
import { createRelay, openDatabase, type Database } from "@cooly/engine";
import type { Queue } from "@cooly/engine/ports";
import { withCost } from "../readings/cost.ts";
import { ratio, spreadAt } from "../report/figures.ts";
import { BATCH, inBatches } from "../sides/side.ts";
import { costsEach, interleave, using, type Bench, type Suite } from "./suite.ts";

const MESSAGES = 5_000;
const WARM_UP = 4 * BATCH;
const SIDES = ["outbox to queue", "the queue's own bulk add"] as const;
const PER_SECOND = "messages/s";
const SCENARIO = `in batches of ${BATCH}`;

export const relay: Suite = {
  name: "relay",
  title: "Outbox to queue",
  async run(bench) {
    const db = openDatabase({ connectionString: await bench.ground.database("relay", "cooly"), max: 4 });
    const queue = createPostgresQueue({ pool: db.pool, ring() {}, onRing: () => () => undefined, listening: () => true });
    return using([db], async () => {
      // Connections and plans are made before anybody is timed.
      await relayAll(bench, { db, queue, count: WARM_UP });
      await publishAll(bench, { db, queue, count: WARM_UP });
      const samples = await interleave(bench, { sides: SIDES, what: "relay" }, async (side, round) => {
        const count = MESSAGES * bench.scale.jobs;
        const { perSecond, cost } = side === SIDES[0] ? await relayAll(bench, { db, queue, count }) : await publishAll(bench, { db, queue, count });
        return { scenario: SCENARIO, side, round, figures: { [PER_SECOND]: perSecond, ...costsEach(cost, count) } };
      });
      const at = (side: string) => ({ scenario: SCENARIO, side, figure: PER_SECOND });
      return {
        samples,
        targets: [
          { says: "relay to queue / the driver's own bulk add", bound: { atLeast: 0.7 }, unit: "", measured: ratio(samples, at(SIDES[0]), at(SIDES[1])) },
        ],
        charts: [
          {
            file: "relay",
            title: "Messages into the queue",
            unit: "per second, more is better",
            target: { value: spreadAt(samples, at(SIDES[1])).median * 0.7, says: "target: 0.7 × bulk add" },
            bars: SIDES.map((side) => ({ label: side, ours: side === SIDES[0], spread: spreadAt(samples, at(side)) })),
          },
        ],
        notes: ["The relay deletes each batch from the outbox in the transaction in which it hands it over; the bulk add only inserts."],
      };
    });
  },
};

interface Move {
  readonly db: Database;
  readonly queue: Queue;
  readonly count: number;
}

async function relayAll(bench: Bench, { db, queue, count }: Move) {
  await db.pool.query("insert into outbox (output_id, attempt) select gen_random_uuid(), 0 from generate_series(1, $1)", [count]);
  const relay = createRelay(db, queue, BATCH);
  return timed(bench, { db, queue, count }, async () => {
    while ((await relay.pass()) !== null);
  });
}

async function publishAll(bench: Bench, move: Move) {
  const messages = Array.from({ length: move.count }, () => ({ outputId: newUuid(), attempt: 0 }));
  return timed(bench, move, () => inBatches(move.count, (size) => move.queue.publish(messages.splice(-size))));
}

async function timed({ ground }: Bench, { db, count }: Move, act: () => Promise<void>) {
  const startedMs = performance.now();
  const { cost } = await withCost(ground, [process.pid], act);
  const perSecond = (count / (performance.now() - startedMs)) * 1000;
  const { rows } = await db.pool.query<{ count: number }>("select count(*) as count from queue_messages");
  if (rows[0]!.count !== count) throw new Error(`${rows[0]!.count} of ${count} messages are in the queue`);
  await db.pool.query("truncate queue_messages");
  return { perSecond, cost };
}
