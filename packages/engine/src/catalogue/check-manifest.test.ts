import { ModelManifest } from "@cooly/contract";
import { expect, test } from "vitest";
import { checkManifest } from "./check-manifest.ts";
import { shippedModels } from "./shipped.ts";

const around = { providers: new Set(["demo", "byteplus"]), models: new Set(["demo/painter", "a/next"]), now: new Date("2026-11-28T12:00:00Z") };

const hint = { label: "File", group: "main", order: 9 };
const picture = { type: "object", "x-ui": { ...hint, control: "image" } };
const mask = { type: "object", "x-ui": { ...hint, control: "mask" } };

const good = {
  id: "a/b",
  version: 1,
  name: "B",
  kind: "video",
  description: "For tests.",
  outputs: { max: 4, default: 1 },
  params: {
    type: "object",
    additionalProperties: false,
    properties: {
      prompt: { type: "string" },
      resolution: { type: "string", enum: ["480p", "720p"], default: "480p" },
      duration: { type: "integer", minimum: 2, maximum: 12, default: 5 },
      seed: { type: "integer" },
    },
  },
  price: {
    kind: "from_cost",
    cost: {
      unit: "second",
      prices: [
        { when: { resolution: "480p" }, usd: "0.05" },
        { when: { resolution: "720p" }, usd: "0.1" },
      ],
      measures: [{ of: "param", param: "duration" }],
    },
  },
  lifecycle: { status: "active", retire_at: null, replacement: null },
  deadline_seconds: 60,
  routes: [
    {
      provider: "byteplus",
      upstream_id: "b-1",
      map: { params: { prompt: { to: "prompt" }, resolution: { to: "resolution" }, duration: { to: "duration" }, seed: "drop" } },
    },
  ],
};

/** The findings when these members, by their paths, are something else. */
function found(changes: Readonly<Record<string, unknown>>): string[] {
  const draft: unknown = structuredClone(good);
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split(".");
    const within = names.slice(0, -1).reduce((at, name) => (at as Record<string, unknown>)[name], draft) as Record<string, unknown>;
    if (value === undefined) delete within[names.at(-1)!];
    else within[names.at(-1)!] = value;
  }
  return checkManifest(ModelManifest.parse(draft), around).map(({ code, level }) => `${level} ${code}`);
}

test("a manifest that is in order has no findings, and so have the shipped ones", () => {
  expect(found({})).toEqual([]);
  const providers = new Set(shippedModels.flatMap(({ routes }) => routes.map(({ provider }) => provider)));
  const shipped = { ...around, providers, models: new Set(shippedModels.map(({ id }) => id)) };
  expect(shippedModels.flatMap((manifest) => checkManifest(manifest, shipped).filter(({ level }) => level === "failure"))).toEqual([]);
});

test.each([
  ["open parameters", { "params.additionalProperties": undefined }, "failure params.open"],
  ["a price by what is no parameter", { "price.cost.measures.0.param": "seconds" }, "failure params.unknown"],
  ["a map of what is no parameter", { "routes.0.map.params.style": { to: "style" } }, "failure params.unknown"],
  ["a condition on what is no parameter", { "routes.0.when": { audio: true } }, "failure params.unknown"],
  ["a parameter that no route knows", { "routes.0.map.params.seed": undefined }, "failure params.nowhere"],
  ["a choice without a price", { "price.cost.prices": good.price.cost.prices.slice(0, 1) }, "failure price.none"],
  ["a price that ends before the range does", { "price.cost.prices.1.when": { resolution: "720p", duration: { max: 10 } } }, "failure price.none"],
  ["a route that costs more than is asked", { "routes.0.cost": { unit: "video", prices: [{ usd: "0.5" }] } }, "warning price.below_cost"],
  ["two routes of one name", { routes: [good.routes[0], good.routes[0]] }, "failure routes.twice"],
  ["no route that is enabled", { "routes.0.enabled": false }, "failure routes.none"],
  ["an error table with no pattern", { "routes.0.errors": [{ code: "(", class: "transient" }] }, "failure routes.pattern"],
  ["a provider that is not here", { "routes.0.provider": "fal" }, "warning routes.no_provider"],
  [
    "a file that a route does not say how to send",
    { "params.properties.picture": picture, "routes.0.map.params.picture": { to: "image" } },
    "failure params.file",
  ],
  ["a mask that is for nothing", { "params.properties.mask": mask, "routes.0.map.params.mask": "drop" }, "failure params.mask"],
  ["an end in 30 days", { "lifecycle.retire_at": "2026-12-28" }, "warning lifecycle.soon"],
  ["an end that has come", { "lifecycle.retire_at": "2026-11-28" }, "warning lifecycle.over"],
  ["a replacement that nobody knows", { "lifecycle.replacement": "a/gone" }, "warning lifecycle.replacement"],
])("%s", (_, changes, finding) => {
  expect(found(changes)).toContain(finding);
});

test("files that a route says how to send are in order", () => {
  const rules = { "routes.0.map.params.picture": { to: "image", as: "url" }, "routes.0.map.params.mask": { to: "mask", as: "file", mask: "alpha" } };
  expect(found({ "params.properties.picture": picture, "params.properties.mask": mask, ...rules })).toEqual([]);
});

test("an end in 31 days is not soon, and a replacement that is here is none to warn of", () => {
  expect(found({ "lifecycle.retire_at": "2026-12-30", "lifecycle.replacement": "a/next" })).toEqual([]);
});
