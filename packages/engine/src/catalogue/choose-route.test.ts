import type { ModelManifest, Route } from "@cooly/contract";
import { expect, test } from "vitest";
import { chooseRoute } from "./choose-route.ts";
import { shippedModels } from "./shipped.ts";

const isAtHand = ({ provider }: Route): boolean => provider !== "strange";
const route = (provider: string, more: object = {}): Route => ({ provider, upstream_id: provider, ...more });
const model = (...routes: Route[]): ModelManifest => ({
  ...shippedModels[0]!,
  routes,
  params: { type: "object", properties: { prompt: { type: "string" }, style: { type: "string", default: "none" }, audio: { type: "boolean" } } },
});
const of = (input: object, ...routes: Route[]) => chooseRoute(model(...routes), input as Record<string, unknown>, { isAtHand, chance: () => 0 });
const chosen = (input: object, ...routes: Route[]): string => {
  const found = of(input, ...routes);
  return found.outcome === "chosen" ? found.route.provider : `unsupported: ${found.remarks.map(({ param }) => param).join()}`;
};
const takes = (...params: string[]) => ({ map: { params: Object.fromEntries(params.map((param) => [param, { to: param }])), combined: [], fixed: [] } });

test("the lowest number is asked first, of those that are enabled, here, and meant for it", () => {
  expect(chosen({}, route("b", { priority: 2 }), route("a", { priority: 1 }))).toBe("a");
  expect(chosen({}, route("a", { enabled: false }), route("b"))).toBe("b");
  expect(chosen({}, route("strange"), route("b"))).toBe("b");
  expect(chosen({ audio: false }, route("a", { when: { audio: true } }), route("b"))).toBe("b");
});

test("a route that cannot honour what was asked for is passed over; what is left out is told", () => {
  expect(chosen({ prompt: "x", style: "oil" }, route("a", takes("prompt")), route("b", { ...takes("prompt", "style"), priority: 5 }))).toBe("b");
  expect(chosen({ prompt: "x", style: "none" }, route("a", takes("prompt")), route("b", takes("prompt", "style")))).toBe("a");
  expect(chosen({ prompt: "x", style: "oil" }, route("a", takes("prompt")))).toBe("unsupported: style");
  const dropping = { map: { ...takes("prompt").map, params: { prompt: { to: "prompt" }, style: "drop" as const } } };
  expect(of({ prompt: "x", style: "oil" }, route("a", dropping))).toMatchObject({ outcome: "chosen", warnings: [{ param: "style" }] });
});

test("among those of one number, each is asked first as often as its weight says", () => {
  const routes = [route("a", { weight: 1 }), route("b", { weight: 3 }), route("c", { priority: 1, weight: 100 })];
  const counts = { a: 0, b: 0, c: 0 };
  for (let step = 0; step < 400; step++) {
    const found = chooseRoute(model(...routes), {}, { isAtHand, chance: () => step / 400 });
    if (found.outcome === "chosen") counts[found.route.provider as "a"] += 1;
  }
  expect(counts).toEqual({ a: 100, b: 300, c: 0 });
});
