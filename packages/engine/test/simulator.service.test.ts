/** Every way in which a provider can misbehave, and what becomes of the output and of the credits. Witness: the provider's own log. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSimulatorProvider } from "@cooly/drivers/provider/simulator";
import { createSimulatorHookReader } from "@cooly/drivers/provider/simulator/hook";
import { startSimulator, type Entry, type Fault, type Simulator } from "@cooly/simulator";
import { receive } from "../src/generations/inbox.ts";
import { findGeneration, type GenerationRow } from "../src/generations/read.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import { listUnknown, writeOff } from "../src/generations/write-off.ts";
import { listTransfers, readBalance } from "../src/ledger/index.ts";
import type { Provider } from "../src/ports/index.ts";
import { verifyBooks, verifyProviderLog } from "../src/verify/index.ts";
import { openWorld, testModel, type World } from "./fixture.ts";
import { makeRound, openWorkshop, takeMessages, type Workshop } from "./workshop.ts";

let world: World;
let accountId: string;
let simulator: Simulator;
let receiver: Server;
let hookUrl: string;

beforeEach(async () => {
  world = await openWorld();
  accountId = await world.accountWith([100]);
  simulator = await startSimulator({ plan: { latency_ms: [10, 10], silence_ms: 200 }, secret: "words" });
  const reader = createSimulatorHookReader("words");
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const heard = await reader.read({ headers: request.headers, query: new URLSearchParams(), body: Buffer.concat(chunks) }, new Date());
    if (heard) await receive(world.db, "test", heard);
    response.writeHead(heard ? 200 : 401).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  expect(await verifyProviderLog(world.db, simulator.log())).toMatchObject({ violations: [] });
  await simulator.close();
  receiver.closeAllConnections();
  receiver.close();
  await world.close();
});

const said = (what: Entry["what"]): number => simulator.log().filter((entry) => entry.what === what).length;
const read = async (id: string): Promise<GenerationRow> => (await findGeneration(world.db, accountId, id))!;

async function accept(upstreamId: string, script: object): Promise<string> {
  const submitted = await world.submit({
    accountId,
    model: { ...testModel, routes: [{ provider: "test", upstream_id: upstreamId }] },
    input: { prompt: "a test", size: "5x100", script: JSON.stringify(script) },
  });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  return submitted.generationId;
}

type Way = "poll" | "poll-keyed" | "sync" | "hook";

function provide(way: Way): Provider {
  const resubmit = way.endsWith("-keyed") ? "keyed" : "billed";
  const provider = createSimulatorProvider({ id: "test", url: simulator.url, resubmit, ambiguousMs: 200, ...(way === "hook" && { webhookUrl: hookUrl }) });
  if (way !== "hook") return provider;
  // This vendor tells by webhook or not at all.
  const { look: _look, ...deaf } = provider;
  return deaf;
}

/** Goes on as the roles would, without their pauses, until there is a verdict. */
async function settled(id: string, workshop: Workshop, resubmit: Provider["resubmit"]): Promise<GenerationRow> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    await makeRound(world, workshop, resubmit);
    const generation = await read(id);
    if (generation.finished_at !== null) return generation;
    if (Date.now() > deadline) throw new Error(`${generation.status}, ${generation.outputs[0]!.state}`);
  }
}

/** What becomes of it, how many jobs the provider made of it, and how many it bills. */
type Row = [Fault | null, Way, GenerationRow["status"], { jobs: number; billed: number }];
const once = { jobs: 1, billed: 1 };
const rows: Row[] = [
  [null, "poll", "succeeded", once],
  [null, "sync", "succeeded", once],
  [null, "poll-keyed", "succeeded", once],
  [null, "hook", "succeeded", once],
  // Nothing was started, and the provider said so: tried again.
  ["server_error", "poll", "succeeded", once],
  ["rate_limit", "poll", "succeeded", once],
  ["error_inside_200", "poll", "succeeded", once],
  ["refuse_at_once", "poll", "failed", { jobs: 0, billed: 0 }],
  // The answer was lost: never a second job, whether or not there was a first.
  ["drop_before_read", "poll", "succeeded", once],
  ["drop_after_read", "poll", "succeeded", once],
  ["drop_after_read", "sync", "succeeded", once],
  ["drop_after_read", "poll-keyed", "succeeded", once],
  ["drop_after_read", "hook", "succeeded", once],
  ["server_error_after_accept", "poll", "succeeded", once],
  ["server_error_after_accept", "poll-keyed", "succeeded", once],
  ["garbage_reply", "poll", "succeeded", once],
  ["slow_reply", "poll", "succeeded", once],
  // Trouble while looking is no verdict.
  ["silence", "poll", "succeeded", once],
  ["poll_errors", "poll", "succeeded", once],
  ["poll_garbage", "poll", "succeeded", once],
  ["refuse_late", "poll", "failed", { jobs: 1, billed: 0 }],
  ["fail_late", "poll", "succeeded", { jobs: 2, billed: 1 }],
  // What was bought is not bought twice, and what cannot be used is not charged.
  ["no_output", "poll", "failed", once],
  ["expired_url", "poll", "succeeded", once],
  ["truncated", "poll", "succeeded", once],
  ["wrong_length", "poll", "succeeded", once],
  ["slow_drip", "poll", "succeeded", once],
  ["corrupt", "poll", "failed", once],
  // Webhooks come twice, early, out of order, forged; and where none comes the list is asked.
  ["webhook_twice", "hook", "succeeded", once],
  ["webhook_early", "hook", "succeeded", once],
  ["webhook_out_of_order", "hook", "succeeded", once],
  ["webhook_forged", "hook", "succeeded", once],
];

test.each(rows)("%s (%s): %s", async (...row) => {
  const [fault, way, status, witness] = row;
  const id = await accept(way, fault === null ? {} : { fault });
  const provider = provide(way);
  const generation = await settled(id, await openWorkshop(world, provider), provider.resubmit);
  expect(generation.status).toBe(status);
  expect(generation).toMatchObject(status === "succeeded" ? { charged: 5, released: 0 } : { charged: 0, released: 5 });
  expect(await readBalance(world.db, accountId)).toMatchObject({ held: 0, available: status === "succeeded" ? 95 : 100 });
  await expect.poll(() => ({ jobs: said("accepted"), billed: said("billed") })).toEqual(witness);
});

test("a lost webhook leaves an unknown, which the provider's list clears up", async () => {
  const id = await accept("hook", { fault: "webhook_lost" });
  const provider = provide("hook");
  const workshop = await openWorkshop(world, provider);
  for (const message of await takeMessages(world)) await workshop.advance.handle(message);
  expect(await read(id)).toMatchObject({ status: "running" });
  // Its deadline passes, and nothing else.
  await world.db.pool.query("update work set due_at = now()");
  await sweepOverdue({ db: world.db, doorbell: { ring() {} }, resubmit: new Map([["test", "billed"]]) });
  expect(await read(id)).toMatchObject({ status: "unknown", charged: 0, released: 0 });
  expect(await settled(id, workshop, "billed")).toMatchObject({ status: "succeeded", charged: 5 });
});

test("an operator writes an unknown off, with a reason in the ledger; a success that comes later is noted and charges nobody", async () => {
  const id = await accept("hook", { fault: "drop_after_read", latency_ms: 400 });
  const { advance } = await openWorkshop(world, provide("hook"));
  for (const message of await takeMessages(world)) await advance.handle(message);
  expect(await read(id)).toMatchObject({ status: "unknown" });
  const unknowns = await listUnknown(world.db, { outputIds: null, limit: 10 });
  expect(unknowns).toMatchObject([{ generation_id: id, credits: 5, provider: "test" }]);
  const parts = { db: world.db, doorbell: { ring() {} } };
  expect([...(await writeOff(parts, unknowns, "asked their support")).values()]).toEqual(["settled"]);
  expect([...(await writeOff(parts, unknowns, "again")).values()]).toEqual(["already_settled"]);
  expect(await read(id)).toMatchObject({ status: "failed", charged: 0, released: 5, error: { code: "written_off" } });
  expect((await listTransfers(world.db, accountId, { after: null, limit: 1 }))[0]).toMatchObject({
    kind: "release",
    credits: 5,
    reason: "asked their support",
  });
  await expect.poll(() => world.count("inbox")).toBe(2);
  await advance.hear(10);
  const closed = await world.db.pool.query<{ outcome: string }>("select outcome from inbox");
  expect(closed.rows).toEqual([{ outcome: "late" }, { outcome: "late" }]);
  expect(await readBalance(world.db, accountId)).toMatchObject({ available: 100, held: 0, spent: 0 });
});
