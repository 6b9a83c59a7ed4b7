/** One model, two vendors: what goes on by the other, what never does, and what every process then knows. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModelManifest, Route } from "@cooly/contract";
import { createAdvance, type Advance } from "../src/generations/advance.ts";
import { findGeneration, type GenerationRow } from "../src/generations/read.ts";
import { readBalance } from "../src/ledger/index.ts";
import { ProviderUnreachable, type Job, type Provider, type Started } from "../src/ports/index.ts";
import { openCircuits, type LiveCircuits } from "../src/routing/index.ts";
import { sweepOverdue } from "../src/generations/sweep.ts";
import { verifyBooks } from "../src/verify/index.ts";
import { openWorld, testModel, type World } from "./fixture.ts";
import { createWorkshopParts, delivered, makeRound, type Workshop } from "./workshop.ts";

let world: World;
let accountId: string;
beforeEach(async () => {
  world = await openWorld();
  accountId = await world.accountWith([100]);
});
afterEach(async () => {
  expect(await verifyBooks(world.db)).toMatchObject({ violations: [] });
  await world.close();
});

const params = { type: "object", properties: { prompt: { type: "string" }, mood: { type: "string" }, seed: { type: "integer" } } };
const map: Route["map"] = { params: { prompt: { to: "text" }, mood: { to: "mood" }, seed: { to: "seed" } }, combined: [], fixed: [] };
const routes: Route[] = [
  { provider: "first", upstream_id: "one", map },
  { provider: "second", upstream_id: "two", priority: 1, map },
];
const model: ModelManifest = { ...testModel, params, price: { kind: "per_output", credits: 5 }, routes };

type Answers = (job: Job, nth: number) => Started | Promise<Started>;

interface Floor extends Workshop {
  readonly circuits: LiveCircuits;
  readonly asked: string[];
  readonly jobs: Job[];
}

/** Two vendors that answer as told. */
async function open(first: Answers, second: Answers, manifest: ModelManifest = model): Promise<Floor> {
  const asked: string[] = [];
  const jobs: Job[] = [];
  const provider = (id: string, answers: Answers): Provider => ({
    id,
    resubmit: "billed",
    async start(job) {
      const started = await answers(job, asked.filter((one) => one === id).length + 1);
      await job.sending();
      asked.push(id);
      jobs.push(job);
      return started;
    },
  });
  const circuits = openCircuits({ db: world.db, doorbell: { ring() {}, onRing: () => () => undefined }, log: world.log });
  const parts = await createWorkshopParts(world, { catalogue: { version: async () => manifest } });
  const providers = new Map([provider("first", first), provider("second", second)].map((one) => [one.id, one]));
  const advance: Advance = createAdvance({ ...parts, providers, circuits });
  const look = async (limit: number): Promise<number> => (await Promise.all((await advance.look(limit)).begun)).length;
  return { advance, look, store: parts.store, starts: [], circuits, asked, jobs };
}

async function run(
  floor: Floor,
  { input = { prompt: "a test" }, manifest = model, outputs = 1 }: { input?: object; manifest?: ModelManifest; outputs?: number } = {},
): Promise<GenerationRow> {
  const submitted = await world.submit({ accountId, model: manifest, input: input as Record<string, unknown>, outputs, request: { nth: Math.random() } });
  if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
  for (let round = 0; round < 30; round += 1) {
    await makeRound(world, floor, "billed");
    const generation = (await findGeneration(world.db, accountId, submitted.generationId))!;
    if (generation.finished_at !== null || generation.status === "unknown") return generation;
  }
  throw new Error("no end came");
}

const failed = (found: string, more: object = {}): Started => ({ kind: "failed", class: found, message: "not now", ...more }) as Started;
const unreachable: Answers = () => {
  throw new ProviderUnreachable("nobody there");
};

describe("what was not accepted goes on by the other", () => {
  test.each<[string, Answers]>([
    ["not reached", unreachable],
    ["an account that owes", () => failed("billing")],
    ["a key that is not known", () => failed("auth")],
    ["a model that is not there", () => failed("not_available")],
    ["too many", () => failed("rate_limited")],
    ["no room", () => failed("overloaded")],
    ["a job that failed and is not billed", () => failed("transient")],
  ])("%s", async (_why, first) => {
    const floor = await open(first, () => delivered);
    expect(await run(floor)).toMatchObject({ status: "succeeded", charged: 5 });
    expect(floor.asked.filter((one) => one === "second")).toHaveLength(1);
    expect(floor.asked.filter((one) => one === "first").length).toBeLessThanOrEqual(1);
  });
});

describe("what may have been accepted, or is refused, does not", () => {
  test.each<[string, Answers, GenerationRow["status"]]>([
    ["an answer that was lost", () => ({ kind: "unknown", why: "lost" }), "unknown"],
    ["a prompt that is refused", () => failed("moderated_input"), "failed"],
    ["a result that is refused", () => failed("moderated_output"), "failed"],
    ["an input that is wrong", () => failed("user_input"), "failed"],
    ["what no attempt can mend", () => failed("permanent"), "failed"],
  ])("%s", async (_why, first, status) => {
    const floor = await open(first, () => delivered);
    expect((await run(floor)).status).toBe(status);
    expect(floor.asked).toEqual(["first"]);
    expect(await readBalance(world.db, accountId)).toMatchObject(status === "unknown" ? { available: 95, held: 5 } : { available: 100, held: 0 });
  });

  test("a route's own table says that it may have been accepted", async () => {
    const [first, second] = routes as [Route, Route];
    const manifest = { ...model, routes: [{ ...first, errors: [{ status: 599, class: "ambiguous" as const }] }, second] };
    const floor = await open(
      () => failed("transient", { status: 599 }),
      () => delivered,
      manifest,
    );
    expect((await run(floor, { manifest })).status).toBe("unknown");
    expect(floor.asked).toEqual(["first"]);
  });
});

test("both fail: it ends as failed, the credits go back, and none is asked for ever", async () => {
  const floor = await open(
    () => failed("auth"),
    () => failed("billing"),
  );
  expect(await run(floor)).toMatchObject({ status: "failed", released: 5 });
  expect(floor.asked).toEqual(["first", "second"]);
});

test("a route that would leave out what was asked for is no other", async () => {
  const [first] = routes as [Route];
  const poorer: Route = {
    provider: "second",
    upstream_id: "two",
    map: { params: { prompt: { to: "text" }, mood: "drop", seed: "drop" }, combined: [], fixed: [] },
  };
  const manifest = { ...model, routes: [first, poorer] };
  const floor = await open(
    () => failed("billing"),
    () => delivered,
    manifest,
  );
  expect((await run(floor, { manifest, input: { prompt: "a test", mood: "dark" } })).status).toBe("failed");
  expect(floor.asked).toEqual(["first"]);
});

test("a route that does not serve is not asked again, by no process, until its time is over; then it closes by serving", async () => {
  let owes = true;
  const floor = await open(
    () => (owes ? failed("billing") : delivered),
    () => delivered,
  );
  await run(floor);
  await run(floor);
  expect(floor.asked).toEqual(["first", "second", "second"]);
  const other = openCircuits({ db: world.db, doorbell: { ring() {}, onRing: () => () => undefined }, log: world.log });
  await other.refresh();
  expect(other.openFor({ provider: "first", upstream_id: "another" })).toMatchObject({ class: "billing", times: 1 });
  await world.db.pool.query("update circuits set open_until = clock_timestamp() - interval '1 second'");
  await floor.circuits.refresh();
  owes = false;
  await run(floor);
  expect(floor.asked.at(-1)).toBe("first");
  await expect.poll(() => world.count("circuits")).toBe(0);
});

test("five that fail one after the other open the circuit, and one that serves in between starts the count again", async () => {
  const floor = await open(
    () => delivered,
    () => delivered,
  );
  const route = { provider: "first", upstream_id: "one" };
  const failure = { class: "transient" as const, message: "no" };
  for (let nth = 0; nth < 4; nth += 1) floor.circuits.failed(route, failure);
  floor.circuits.passed(route);
  for (let nth = 0; nth < 4; nth += 1) floor.circuits.failed(route, failure);
  expect(floor.circuits.openFor(route)).toBeNull();
  floor.circuits.failed(route, failure);
  expect(floor.circuits.openFor(route)).toMatchObject({ class: "transient" });
});

test("one route alone, which is asked too often: it waits, burns nothing, and is made", async () => {
  const manifest = { ...model, routes: [routes[0]!] };
  const floor = await open(
    (_job, nth) => (nth < 9 ? failed("rate_limited", { retryAfterSeconds: 0 }) : delivered),
    () => delivered,
    manifest,
  );
  const waits = setInterval(() => void world.db.pool.query("update circuits set open_until = clock_timestamp()").then(() => floor.circuits.refresh()), 20);
  expect(await run(floor, { manifest })).toMatchObject({ status: "succeeded" });
  clearInterval(waits);
});

describe("a route that says how many it takes", () => {
  const limited = (limits: Route["limits"]): ModelManifest => ({ ...model, routes: [{ ...routes[0]!, limits }] });

  test("has never more at once, whoever works", async () => {
    const manifest = limited({ at_once: 2 });
    let [now, most] = [0, 0];
    const slow: Answers = async () => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setTimeout(resolve, 30));
      now -= 1;
      return delivered;
    };
    const floor = await open(slow, slow, manifest);
    expect(await run(floor, { manifest, outputs: 8 })).toMatchObject({ status: "succeeded", charged: 40 });
    expect(most).toBe(2);
  });

  test("and how many in a minute", async () => {
    const manifest = limited({ a_minute: 3 });
    const floor = await open(
      () => delivered,
      () => delivered,
      manifest,
    );
    const submitted = await world.submit({ accountId, model: manifest, input: { prompt: "a test" }, outputs: 8 });
    if (submitted.outcome !== "accepted") throw new Error(submitted.outcome);
    for (let round = 0; round < 6; round += 1) await makeRound(world, floor, "billed");
    expect(floor.asked).toHaveLength(3);
    await world.db.pool.query("update route_slots set taken_at = taken_at - interval '2 minutes'");
    for (let round = 0; round < 6; round += 1) await makeRound(world, floor, "billed");
    expect(floor.asked).toHaveLength(6);
    await sweepOverdue({ db: world.db, doorbell: { ring() {} }, resubmit: new Map() });
    expect((await findGeneration(world.db, accountId, submitted.generationId))!.outputs.filter(({ state }) => state === "failed")).toEqual([]);
  });
});

test("several outputs of one seed are not the same picture", async () => {
  const floor = await open(
    () => delivered,
    () => delivered,
  );
  await run(floor, { input: { prompt: "a test", seed: 40 }, outputs: 3 });
  expect(floor.jobs.map(({ request }) => request["seed"]).toSorted()).toEqual([40, 41, 42]);
});

describe("what the vendor says it took", () => {
  const price: ModelManifest["price"] = {
    kind: "from_cost",
    cost: { unit: "token", prices: [{ usd: "1" }], per: 1, measures: [{ of: "constant", value: 10 }], divided_by: 1, factors: [] },
    margin: "1",
    credit_usd: "1",
    round_up_to: 1,
    settle: "usage",
  };
  const manifest = { ...model, price };

  test.each([
    [4, 4],
    [4.2, 5],
    [10, 10],
    [50, 10],
    [Number.NaN, 10],
  ])("%d of ten: %d are charged, and never more than was quoted", async (units, charged) => {
    const floor = await open(
      () => ({ ...delivered, units }) as Started,
      () => delivered,
      manifest,
    );
    expect(await run(floor, { manifest })).toMatchObject({ status: "succeeded", charged, released: 10 - charged });
    const { rows } = await world.db.pool.query<{ cost_usd: string | null }>("select cost_usd from attempts");
    if (Number.isFinite(units)) expect(Number(rows[0]!.cost_usd)).toBe(units);
  });

  test("a route that counts in units of its own is charged as quoted", async () => {
    const cost = { unit: "second", prices: [{ usd: "2" }], per: 1, measures: [], divided_by: 1, factors: [] };
    const own = { ...manifest, routes: manifest.routes.map((route) => ({ ...route, cost })) };
    const floor = await open(
      () => ({ ...delivered, units: 3 }) as Started,
      () => delivered,
      own,
    );
    expect(await run(floor, { manifest: own })).toMatchObject({ status: "succeeded", charged: 10, released: 0 });
    const { rows } = await world.db.pool.query<{ cost_usd: string | null }>("select cost_usd from attempts");
    expect(Number(rows[0]!.cost_usd)).toBe(6);
  });
});
