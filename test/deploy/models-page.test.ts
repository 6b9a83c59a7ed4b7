import { readFileSync } from "node:fs";
import { Cost, PriceRule, Route } from "@cooly/contract";
import { expect, test } from "vitest";
import { parse } from "yaml";

test("the parts of manifests that models.md shows are ones", () => {
  const page = readFileSync(new URL("../../docs/operate/models.md", import.meta.url), "utf8");
  const shown = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, text]) => parse(text!) as { price?: unknown; routes?: unknown[]; on_top?: unknown[] },
  );
  expect(
    shown
      .map(({ price }) => price)
      .filter(Boolean)
      .map((price) => PriceRule.parse(price).kind),
  ).toEqual(["from_cost"]);
  const added = shown.flatMap(({ on_top = [] }) => on_top);
  expect(Cost.parse({ unit: "token", prices: [{ usd: "30" }], on_top: added }).on_top).toHaveLength(1);
  expect(shown.flatMap(({ routes = [] }) => routes).map((route) => Route.parse(route).provider)).toEqual(["byteplus", "example"]);
});
