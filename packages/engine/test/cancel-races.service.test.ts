/** Cancels that come about when the work is done. CANCELS=10000 asks for more of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wish } from "../../../test/wish.ts";
import { requestCancel } from "../src/generations/cancel.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, times, type World } from "./fixture.ts";
import { delivered, openWorkshop, takeMessages } from "./workshop.ts";

const CANCELS = 240;
const ROUND = 40;
/** Before or after the end, at most. */
const AROUND_MS = 50;
const cancels = wish("CANCELS") ?? CANCELS;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

interface End {
  readonly status: string;
  readonly charged: number;
  readonly settlements: number;
  readonly ends: number;
}

const read = async (id: string): Promise<End> =>
  (
    await world.db.pool.query<End>(
      `select g.status, g.charged::int,
         (select count(*)::int from transfers t where t.generation_id = g.id and t.kind in ('capture', 'release')) as settlements,
         (select count(*)::int from events e where e.generation_id = g.id and e.type in ('generation.succeeded', 'generation.failed', 'generation.canceled')) as ends
       from generations g where g.id = $1`,
      [id],
    )
  ).rows[0]!;

test(
  `${cancels} cancels within ${AROUND_MS} ms of the end: one settlement each, and every answer is true`,
  async () => {
    const accountId = await world.accountWith([cancels * 5]);
    const { advance } = await openWorkshop(world, {
      // A vendor that may bill what it has begun: a cancel is a wish, what it delivers counts.
      resubmit: "billed",
      async start() {
        await sleep(AROUND_MS);
        return delivered;
      },
    });
    const tally = { canceled: 0, delivered: 0 };
    for (let done = 0; done < cancels; done += ROUND) {
      const submitted = await Promise.all(times(Math.min(ROUND, cancels - done)).map(() => world.submit({ accountId, credits: 5 })));
      const ids = submitted.map((one) => (one.outcome === "accepted" ? one.generationId : ""));
      const working = (await takeMessages(world)).map(async (message) => {
        // Some are canceled before anybody has begun.
        await sleep(Math.random() * AROUND_MS);
        await advance.handle(message);
      });
      const answers = await Promise.all(
        ids.map(async (generationId) => {
          await sleep(Math.random() * 2 * AROUND_MS);
          return requestCancel(world.db, { ring() {} }, { accountId, generationId });
        }),
      );
      await Promise.all(working);
      for (const [place, id] of ids.entries()) {
        const end = await read(id);
        expect(end).toMatchObject({ settlements: 1, ends: 1, charged: end.status === "succeeded" ? 5 : 0 });
        if (answers[place] === "canceled") expect(end.status).toBe("canceled");
        if (answers[place] === "finished") expect(end.status).toBe("succeeded");
        tally[end.status === "canceled" ? "canceled" : "delivered"] += 1;
      }
    }
    expect(tally.canceled).toBeGreaterThan(0);
    expect(tally.delivered).toBeGreaterThan(0);
    expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  },
  30_000 + cancels * 100,
);
