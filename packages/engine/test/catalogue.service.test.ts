import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addVersion, chooseVersion, enableModel, openLiveCatalogue, recordShipped } from "../src/catalogue/index.ts";
import { delivered, openWorkshop } from "./workshop.ts";
import { openWorld, quietLog, testModel, type World } from "./fixture.ts";

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

const open = (more: object = {}) => openLiveCatalogue({ db: world.db, log: quietLog, providers: new Set(["test"]), shipped: [testModel], ...more });
const named = (id: string, name: string) => ({ ...testModel, id, name });

test("what an operator adds holds at once, and is another version each time", async () => {
  const catalogue = open();
  expect(catalogue.list().map(({ id }) => id)).toEqual(["test/model"]);
  const first = await addVersion(world.db, named("my/model", "One"));
  const second = await addVersion(world.db, named("my/model", "Two"));
  expect(second).toBe(first + 1);
  await catalogue.refresh();
  expect(catalogue.find("my/model")).toMatchObject({ name: "Two", version: second });
  expect(await catalogue.version("my/model", first)).toMatchObject({ name: "One" });
  expect(await catalogue.version("my/model", 99)).toBeNull();
});

test("ten that are added at once have ten numbers", async () => {
  const numbers = await Promise.all(Array.from({ length: 10 }, (_, index) => addVersion(world.db, named("many/model", `${index}`))));
  expect(new Set(numbers).size).toBe(10);
  const catalogue = open();
  await catalogue.refresh();
  expect(catalogue.find("many/model")!.version).toBe(Math.max(...numbers));
});

test("a shipped one is overridden, taken off offer, and as it was", async () => {
  const catalogue = open();
  const version = await addVersion(world.db, named("test/model", "Mine"));
  await catalogue.refresh();
  expect(catalogue.find("test/model")).toMatchObject({ name: "Mine", version });
  await enableModel(world.db, "test/model", false);
  await catalogue.refresh();
  expect(catalogue.find("test/model")).toBeNull();
  expect(catalogue.listAll().find(({ manifest }) => manifest.id === "test/model")).toMatchObject({ hidden: "disabled", source: "operator" });
  await enableModel(world.db, "test/model", true);
  await chooseVersion(world.db, "test/model", null);
  await catalogue.refresh();
  expect(catalogue.find("test/model")).toMatchObject({ name: "Test", version: 1 });
  expect(await catalogue.version("test/model", version)).toMatchObject({ name: "Mine" });
});

test("what a later release no longer ships is still known by its version", async () => {
  await recordShipped(world.db, [named("old/model", "Old")]);
  const catalogue = open();
  await catalogue.refresh();
  expect(catalogue.find("old/model")).toBeNull();
  expect(await catalogue.version("old/model", 1)).toMatchObject({ name: "Old" });
});

test("a row that this release cannot read leaves the shipped one on offer, and is told", async () => {
  const told: string[] = [];
  const catalogue = open({ log: { ...quietLog, error: (event: string) => void told.push(event) } });
  await world.db.pool.query(
    `insert into model_versions values ('test/model', 1000500, '{"id":"test/model","version":1000500,"from":"the future"}', 'operator')`,
  );
  await chooseVersion(world.db, "test/model", 1_000_500);
  await catalogue.refresh();
  expect(catalogue.find("test/model")).toMatchObject({ name: "Test" });
  expect(told).toContain("catalogue.unreadable");
  await chooseVersion(world.db, "test/model", null);
});

test("a model is not offered from the day on which it ends, or without a provider", async () => {
  let now = new Date("2026-12-31T23:59:59Z");
  const ends = { ...testModel, lifecycle: { ...testModel.lifecycle, retire_at: "2027-01-01" } };
  const foreign = { ...testModel, id: "far/model", routes: [{ provider: "nobody", upstream_id: "x" }] };
  const catalogue = open({ shipped: [ends, foreign], now: () => now });
  expect(catalogue.list().map(({ id }) => id)).toEqual(["test/model"]);
  expect(catalogue.listAll().map(({ hidden }) => hidden)).toEqual([null, "no_provider"]);
  now = new Date("2027-01-01T00:00:00Z");
  expect(catalogue.find("test/model")).toBeNull();
});

test("whoever follows hears of a change, and one version is one object for as long as the process lives", async () => {
  let listener = (): void => undefined;
  const catalogue = open();
  const end = await catalogue.follow({ onRing: (_bell, heard) => ((listener = heard), () => (listener = () => undefined)) });
  await addVersion(world.db, named("ring/model", "Rung"));
  listener();
  await expect.poll(() => catalogue.find("ring/model")?.name).toBe("Rung");
  const before = catalogue.find("ring/model");
  listener();
  await sleep(50);
  expect(catalogue.find("ring/model")).toBe(before);
  end();
});

test("an installation's terms are in every price by cost", async () => {
  const price = {
    kind: "from_cost",
    cost: { unit: "image", prices: [{ usd: "0.01" }], per: 1, measures: [], divided_by: 1, factors: [] },
    round_up_to: 1,
    settle: "quote",
  } as const;
  const catalogue = open({ shipped: [{ ...testModel, price }], terms: { margin: "3", creditUsd: "0.01" } });
  expect(catalogue.find("test/model")!.price).toMatchObject({ margin: "3", credit_usd: "0.01" });
});

test("a worker sends the vendor's fields, by the version that was accepted and not by today's", async () => {
  const routed = (to: string) => ({
    ...named("sent/model", "Sent"),
    routes: [
      {
        provider: "test",
        upstream_id: "one",
        map: { params: { prompt: { to }, size: "platform" as const }, combined: [], fixed: [{ to: "watermark", value: false }] },
      },
    ],
  });
  const catalogue = open({ shipped: [] });
  await addVersion(world.db, routed("text"));
  await catalogue.refresh();
  const shop = await openWorkshop(world, { start: async () => delivered }, { catalogue });
  const accountId = await world.accountWith([10]);
  const accepted = await world.submit({ accountId, model: catalogue.find("sent/model")! });
  if (accepted.outcome !== "accepted") throw new Error(accepted.outcome);
  await addVersion(world.db, routed("content"));
  await catalogue.refresh();
  const { rows } = await world.db.pool.query<{ id: string }>("select id from outputs where generation_id = $1", [accepted.generationId]);
  await shop.advance.handle({ outputId: rows[0]!.id, attempt: 0 });
  expect(shop.starts[0]).toMatchObject({ request: { text: "a test", watermark: false }, input: { prompt: "a test" } });
  expect(shop.starts[0]!.request).not.toHaveProperty("content");
});
