/** Connections that break after a commit and before its reply. LOST_REPLIES=1000 asks for more of them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFaultProxy, type FaultProxy } from "../../../test/rig/fault-proxy.ts";
import { wish } from "../../../test/wish.ts";
import { openDatabase, type Database } from "../src/db/index.ts";
import { createSubmit } from "../src/generations/submit.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, testModel, times, type World } from "./fixture.ts";

const LOST = 40;
const lost = wish("LOST_REPLIES") ?? LOST;
const CREDITS = 3;
const TRIES = 20;

let world: World;
let proxy: FaultProxy;
let db: Database;
beforeAll(async () => {
  world = await openWorld();
  const through = new URL(world.url);
  const port = Number(through.port);
  proxy = await openFaultProxy({ to: () => port });
  through.port = String(proxy.port);
  db = openDatabase({ connectionString: through.href, max: 4, onIdleError: () => undefined });
});
afterAll(async () => {
  await db.close().catch(() => undefined);
  await proxy.close();
  await world.close();
});

test(
  `${lost} replies to commits are lost: whoever asks again finds the one generation, and holds its credits once`,
  async () => {
    const accountId = await world.accountWith([1_000_000]);
    const submit = createSubmit(db, { ring() {} });
    proxy.cutReplies({ words: "generations.accept_many", share: 0.5 });
    const told: string[] = [];
    while (proxy.counts.repliesCut < lost) {
      const number = told.length;
      told.push(...(await Promise.all(times(3).map((nth) => ask(`key-${number + nth}`)))));
    }
    proxy.cutReplies(null);
    const { rows } = await world.db.pool.query<{ id: string; key: string }>("select generation_id as id, key from idempotency_keys order by length(key), key");
    expect(rows).toEqual(told.map((id, nth) => ({ id, key: `key-${nth}` })));
    expect(await world.count("generations")).toBe(told.length);
    const { rows: held } = await world.db.pool.query("select held from accounts where id = $1", [accountId]);
    expect(held).toEqual([{ held: told.length * CREDITS }]);
    expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });

    /** As a good client does: again under the same key until it is answered. */
    async function ask(idempotencyKey: string): Promise<string> {
      const input = { prompt: idempotencyKey, size: `${CREDITS}x100` };
      const order = { accountId, apiKeyId: null, idempotencyKey, model: testModel, input, outputs: 1, metadata: {}, request: input };
      for (const _nth of times(TRIES)) {
        const said = await submit(order).catch(() => null);
        if (said?.outcome === "accepted" || said?.outcome === "replayed") return said.generationId;
      }
      throw new Error(`${idempotencyKey} was not answered`);
    }
  },
  60_000 + lost * 2_000,
);
