/** What a model's manifest says of a request, before it is accepted: routes, what they cannot honour, prices. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ModelManifest, type GenerationView } from "@cooly/contract";
import { openCatalogue } from "@cooly/engine";
import { json, keyWith, openGround, openHouse, type Ground, type House } from "./fixture.ts";

const prompt = { prompt: { to: "prompt" } };
const model = ModelManifest.parse({
  id: "test/routed",
  version: 3,
  name: "Routed",
  kind: "image",
  description: "For tests.",
  outputs: { max: 4, default: 1 },
  params: {
    type: "object",
    additionalProperties: false,
    required: ["prompt"],
    properties: {
      prompt: { type: "string" },
      style: { type: "string", enum: ["none", "oil"], default: "none" },
      quality: { type: "string", enum: ["low", "high", "huge"], default: "low" },
      seed: { type: "integer" },
    },
  },
  price: {
    kind: "from_cost",
    cost: {
      unit: "image",
      prices: [
        { when: { quality: "low" }, usd: "0.01" },
        { when: { quality: "high" }, usd: "0.02" },
      ],
    },
    margin: "1",
    credit_usd: "0.01",
  },
  lifecycle: { status: "active", retire_at: null, replacement: null },
  deadline_seconds: 60,
  routes: [
    { id: "plain", provider: "demo", upstream_id: "plain", map: { params: { ...prompt, style: "drop", quality: "platform" } } },
    { id: "seeded", provider: "demo", upstream_id: "seeded", priority: 1, map: { params: { ...prompt, quality: "platform", seed: { to: "seed" } } } },
  ],
});

let ground: Ground;
let house: House;
beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground, { parts: { catalogue: openCatalogue({ providers: new Set(["demo"]), shipped: [model] }) } });
});
afterAll(async () => {
  await house.close();
  await ground.close();
});

const order = async (input: object) => house.post("/v1/generations", { model: "test/routed", input: { prompt: "a sea", ...input } }, await keyWith(house, 100));
test("what a route leaves out is told in the answer, at once and later", async () => {
  const headers = await keyWith(house, 100);
  const made = await json<GenerationView>(house.post("/v1/generations", { model: "test/routed", input: { prompt: "a sea", style: "oil" } }, headers));
  const warnings = [{ code: "unsupported_parameter", message: "style has no effect here: the vendor of this route does not take it." }];
  expect(made.warnings).toEqual(warnings);
  expect((await json<GenerationView>(house.get(`/v1/generations/${made.id}`, headers))).warnings).toEqual(warnings);
});

test("what the first route cannot honour goes by the next, and the reference alone is kept of it", async () => {
  expect((await order({ seed: 7 })).status).toBe(202);
  const { rows } = await ground.db.pool.query("select route, model_version from generations order by created_at desc limit 1");
  expect(rows).toEqual([{ route: { id: "seeded", provider: "demo", upstream_id: "seeded" }, model_version: 3 }]);
});

test("what no route can honour together is refused, and nothing is charged", async () => {
  const reply = await order({ seed: 7, style: "oil" });
  expect(reply.status).toBe(400);
  expect(await json(reply)).toMatchObject({ code: "unsupported_parameter", errors: [{ path: "/input/seed" }] });
});

test("what has no price is refused, by the quote too", async () => {
  expect(await json(await order({ quality: "huge" }))).toMatchObject({ status: 400, code: "invalid_parameter" });
  const quote = (quality: string) =>
    keyWith(house, 10).then((headers) => house.post("/v1/quotes", { model: "test/routed", input: { prompt: "a", quality }, outputs: 2 }, headers));
  expect((await quote("huge")).status).toBe(400);
  expect(await json(await quote("high"))).toMatchObject({ credits: 4 });
});
