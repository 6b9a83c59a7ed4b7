import { expect, test } from "vitest";
import { clampCount, costOfOne, usualCost } from "./cost.ts";
import { parseDraft } from "./draft.ts";
import type { ModelView } from "@cooly/contract";

const empty = { prompt: "", model: null, count: null, values: {} };

test("a stored draft comes back; what is not one is an empty one", () => {
  const draft = { prompt: "Boats", model: "demo/painter", count: 4, values: { "demo/painter": { size: "1024x768" } } };
  expect(parseDraft(JSON.stringify(draft))).toEqual(draft);
  for (const text of [null, "", "nonsense", "7", "null", '{"prompt":7,"count":1.5,"values":[]}']) expect(parseDraft(text)).toEqual(empty);
});

test("the price is that of the rule, or not known yet", () => {
  const model = {
    price: { kind: "per_pixels", credits: 1, pixels: 262_144 },
    params: { properties: { size: { enum: ["1024x1024"], default: "1024x1024" } } },
    outputs: { max: 4, default: 2 },
  } as unknown as ModelView;
  expect(costOfOne(model, { size: "1024x1024" })).toBe(4);
  expect(costOfOne(model, { size: "513x512" })).toBe(2);
  expect(costOfOne(model, {})).toBeNull();
  expect(usualCost(model)).toBe(4);
  expect([null, 0, 3, 99].map((count) => clampCount(count, model))).toEqual([2, 1, 3, 4]);
});
