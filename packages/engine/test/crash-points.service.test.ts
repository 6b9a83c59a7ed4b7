/**
 * A process that accepts, relays, works, looks and settles dies on every line that waits for the world, once before the call
 * leaves and once after it was carried out. Whoever comes after it brings everything to an end, and the books are in order.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSimulatorProvider } from "@cooly/drivers/provider/simulator";
import { createSimulatorHookReader } from "@cooly/drivers/provider/simulator/hook";
import { startSimulator, type Simulator } from "@cooly/simulator";
import { Crash, Life, type Death } from "../../../test/rig/life.ts";
import { requestCancel } from "../src/generations/cancel.ts";
import { receive } from "../src/generations/inbox.ts";
import { findGeneration, listGenerations, type GenerationRow } from "../src/generations/read.ts";
import { createSubmit, type Submission } from "../src/generations/submit.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import { readBalance } from "../src/ledger/index.ts";
import { relayBatch } from "../src/outbox/relay.ts";
import type { Message, ObjectStore, Provider } from "../src/ports/index.ts";
import { verifyBooks, verifyProviderLog } from "../src/verify/index.ts";
import { openWorld, testModel, type World } from "./fixture.ts";
import { lendDatabase, openWorkshop } from "./workshop.ts";

interface Scenario {
  readonly name: string;
  readonly way: "poll" | "sync" | "hook" | "poll-keyed";
  /** By output. */
  readonly scripts: readonly object[];
  readonly cancel?: boolean;
  readonly status: GenerationRow["status"] | "any";
  /** How many outputs are delivered; null: whatever settled first. */
  readonly delivered: number | null;
  /** The most jobs that the provider may have made of one output. */
  readonly jobs: number;
}

const scenarios: readonly Scenario[] = [
  { name: "success", way: "poll", scripts: [{}], status: "succeeded", delivered: 1, jobs: 1 },
  { name: "success in one call", way: "sync", scripts: [{}], status: "succeeded", delivered: 1, jobs: 1 },
  { name: "refusal", way: "poll", scripts: [{ fault: "refuse_late" }], status: "failed", delivered: 0, jobs: 1 },
  { name: "partial success", way: "poll", scripts: [{}, { fault: "refuse_late" }], status: "succeeded", delivered: 1, jobs: 1 },
  { name: "cancel", way: "poll", scripts: [{ latency_ms: 300 }], cancel: true, status: "any", delivered: null, jobs: 1 },
  { name: "lost answer", way: "poll", scripts: [{ fault: "drop_after_read" }], status: "succeeded", delivered: 1, jobs: 1 },
  { name: "lost answer, keyed", way: "poll-keyed", scripts: [{ fault: "drop_after_read" }], status: "succeeded", delivered: 1, jobs: 1 },
  { name: "webhook first", way: "hook", scripts: [{ fault: "webhook_early" }], status: "succeeded", delivered: 1, jobs: 1 },
];

let world: World;
let simulator: Simulator;
let receiver: Server;

beforeAll(async () => {
  world = await openWorld();
  simulator = await startSimulator({ plan: { latency_ms: [5, 5] }, secret: "words" });
  const reader = createSimulatorHookReader("words");
  // The API that hears webhooks is another process.
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const heard = await reader.read({ headers: request.headers, query: new URLSearchParams(), body: Buffer.concat(chunks) }, new Date());
    if (heard) await receive(world.db, "test", heard);
    response.writeHead(heard ? 200 : 401).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await simulator.close();
  receiver.closeAllConnections();
  receiver.close();
  await world.close();
});

function provide({ way, scripts }: Scenario): Provider {
  const hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const resubmit = way === "poll-keyed" ? "keyed" : "billed";
  const provider = createSimulatorProvider({ id: "test", url: simulator.url, resubmit, ambiguousMs: 200, ...(way === "hook" && { webhookUrl: hookUrl }) });
  // Seeds count up from 0, one an output: each has a script of its own.
  return { ...provider, start: (job, signal) => provider.start({ ...job, input: { ...job.input, script: JSON.stringify(scripts[job.seed]) } }, signal) };
}

const submissionOf = (scenario: Scenario, accountId: string, key: string): Submission => ({
  accountId,
  apiKeyId: null,
  idempotencyKey: key,
  model: { ...testModel, routes: [{ provider: "test", upstream_id: scenario.way }] },
  input: { prompt: "a test", size: "5x100", seed: 0 },
  outputs: scenario.scripts.length,
  metadata: {},
  request: { scenario: scenario.name },
});

/** One process: accepts if it is asked to, and does what falls due until all is settled or it dies. */
async function live(
  scenario: Scenario,
  life: Life,
  { accountId, key, store }: { accountId: string; key: string; store: ObjectStore | null },
): Promise<ObjectStore> {
  const db = lendDatabase(life, world.db);
  const workshop = await openWorkshop(world, provide(scenario), { life, ...(store && { store }) });
  const submit = createSubmit(db, { ring() {} });
  // The dead do not wait for a second try.
  life.onDeath = () => workshop.advance.handBack();
  try {
    // The client asks until it is answered; its key makes that one generation.
    const submitted = await submit(submissionOf(scenario, accountId, key));
    if (submitted.outcome !== "accepted" && submitted.outcome !== "replayed") throw new Error(submitted.outcome);
    const generationId = submitted.generationId;
    const deadline = Date.now() + 20_000;
    for (let round = 0; ; round += 1) {
      const messages: Message[] = [];
      await relayBatch(db, { publish: async (batch) => void messages.push(...batch) }, { limit: 10 });
      await Promise.all(messages.map((message) => workshop.advance.handle(message)));
      if (scenario.cancel && round === 1) await requestCancel(db, { ring() {} }, { accountId, generationId });
      await workshop.look(10);
      await Promise.all((await workshop.advance.hear(10)).begun);
      await sweepOverdue({ db, doorbell: { ring() {} }, resubmit: new Map([["test", scenario.way === "poll-keyed" ? "keyed" : "billed"]]) });
      const generation = (await findGeneration(db, accountId, generationId))!;
      if (generation.finished_at !== null) return workshop.store;
      if (Date.now() > deadline) throw new Error(`${generation.status}, ${generation.outputs.map(({ state }) => state).join(", ")}`);
      if (life.isOver) throw new Crash();
      await hurry();
    }
  } catch (error) {
    if (!(error instanceof Crash) && !life.isOver) throw error;
    return workshop.store;
  }
}

/** What would have to be waited for is due. Leases of a dead process end, those of a live one stay. */
async function hurry(): Promise<void> {
  await world.db.pool.query(`update work set run_at = now(), next_poll_at = case when next_poll_at is not null then now() end,
    due_at = case when lease_owner is null then now() else due_at end`);
  await world.db.pool.query("update outbox set available_at = now()");
  await world.db.pool.query("update inbox set due_at = now() where closed_at is null");
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function check(scenario: Scenario, death: Death | null): Promise<Life> {
  const accountId = await world.accountWith([100]);
  const key = randomUUID();
  const life = new Life(death);
  const store = await live(scenario, life, { accountId, key, store: null });
  // How often it looks is up to the clock: one that had no such call ends whole.
  expect(life.isOver).toBe(death !== null && death.at <= life.calls.length);
  if (life.isOver) {
    await world.db.pool.query("update work set lease_until = now() - interval '1 second', due_at = now() - interval '1 second' where lease_owner is not null");
    await live(scenario, new Life(null), { accountId, key, store });
  }
  const generations = await listGenerations(world.db, accountId, { after: null, limit: 10, status: null, model: null, kind: null, q: null });
  expect(generations).toHaveLength(1);
  const [generation] = generations as [GenerationRow];
  const delivered = generation.outputs.filter(({ state }) => state === "delivered");
  if (scenario.status !== "any") expect(generation.status).toBe(scenario.status);
  if (scenario.delivered !== null) expect(delivered).toHaveLength(scenario.delivered);
  expect(await readBalance(world.db, accountId)).toMatchObject({ held: 0, spent: delivered.length * 5, available: 100 - delivered.length * 5 });
  for (const { storage_key, bytes } of delivered) expect(await store.stat(storage_key!)).toEqual({ sizeBytes: bytes });
  for (const { id } of generation.outputs) {
    const jobs = simulator.log().filter(({ what, client_id }) => what === "accepted" && client_id === id);
    expect(jobs.length).toBeLessThanOrEqual(scenario.jobs);
  }
  return life;
}

test.each(scenarios)(
  "$name: a death at any point is safe",
  async (scenario) => {
    const { calls } = await check(scenario, null);
    expect(calls.length).toBeGreaterThan(8);
    let deaths = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at <= calls.length; at += 1) {
        const { isOver } = await check(scenario, { at, when }).catch((error: unknown) => {
          throw new Error(`${scenario.name}: died ${when} call ${at} (${calls[at - 1]})`, { cause: error });
        });
        deaths += Number(isOver);
      }
    }
    expect(deaths).toBeGreaterThan(calls.length * 1.5);
    expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
    expect(await verifyProviderLog(world.db, simulator.log())).toMatchObject({ violations: [] });
  },
  300_000,
);
