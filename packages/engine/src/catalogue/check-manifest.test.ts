import { ModelManifest } from "@cooly/contract";
import { expect, test } from "vitest";
import { checkManifest } from "./check-manifest.ts";
import { shippedModels } from "./shipped.ts";

const around = { providers: new Set(["demo", "byteplus"]), models: new Set(["demo/painter", "a/next"]), now: new Date("2026-11-28T12:00:00Z") };

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
type Draft = typeof good;

const found = (change: (draft: Draft) => unknown): string[] => {
  const draft = structuredClone(good);
  change(draft);
  return checkManifest(ModelManifest.parse(draft), around).map(({ code, level }) => `${level} ${code}`);
};

test("a manifest that is in order has no findings, and so have the shipped ones", () => {
  expect(found(() => undefined)).toEqual([]);
  const shipped = {
    ...around,
    providers: new Set(shippedModels.flatMap(({ routes }) => routes.map(({ provider }) => provider))),
    models: new Set(shippedModels.map(({ id }) => id)),
  };
  expect(shippedModels.flatMap((manifest) => checkManifest(manifest, shipped).filter(({ level }) => level === "failure"))).toEqual([]);
});

test.each<[string, (draft: any) => unknown, string]>([
  ["open parameters", (draft) => delete draft.params.additionalProperties, "failure params.open"],
  ["a price by what is no parameter", (draft) => (draft.price.cost.measures = [{ of: "param", param: "seconds" }]), "failure params.unknown"],
  ["a map of what is no parameter", (draft) => (draft.routes[0].map.params.style = { to: "style" }), "failure params.unknown"],
  ["a condition on what is no parameter", (draft) => (draft.routes[0].when = { audio: true }), "failure params.unknown"],
  ["a parameter that no route knows", (draft) => delete draft.routes[0].map.params.seed, "failure params.nowhere"],
  ["a choice without a price", (draft) => draft.price.cost.prices.pop(), "failure price.none"],
  ["a price that ends before the range does", (draft) => (draft.price.cost.prices[1].when.duration = { max: 10 }), "failure price.none"],
  ["a route that costs more than is asked", (draft) => (draft.routes[0].cost = { unit: "video", prices: [{ usd: "0.5" }] }), "warning price.below_cost"],
  ["two routes of one name", (draft) => draft.routes.push(draft.routes[0]), "failure routes.twice"],
  ["no route that is enabled", (draft) => (draft.routes[0].enabled = false), "failure routes.none"],
  ["an error table with no pattern", (draft) => (draft.routes[0].errors = [{ code: "(", class: "transient" }]), "failure routes.pattern"],
  ["a provider that is not here", (draft) => (draft.routes[0].provider = "fal"), "warning routes.no_provider"],
  ["an end in 30 days", (draft) => (draft.lifecycle.retire_at = "2026-12-28"), "warning lifecycle.soon"],
  ["an end that has come", (draft) => (draft.lifecycle.retire_at = "2026-11-28"), "warning lifecycle.over"],
  ["a replacement that nobody knows", (draft) => (draft.lifecycle.replacement = "a/gone"), "warning lifecycle.replacement"],
])("%s", (_, change, finding) => {
  expect(found(change)).toContain(finding);
});

test("an end in 31 days is not soon, and a replacement that is here is none to warn of", () => {
  const later = (draft: any): void => Object.assign(draft.lifecycle, { retire_at: "2026-12-30", replacement: "a/next" });
  expect(found(later)).toEqual([]);
});
