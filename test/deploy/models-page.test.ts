import { readFileSync } from "node:fs";
import { PriceRule, Route } from "@cooly/contract";
import { expect, test } from "vitest";
import { parse } from "yaml";

test("the parts of manifests that models.md shows are ones", () => {
  const page = readFileSync(new URL("../../docs/operate/models.md", import.meta.url), "utf8");
  const shown = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => parse(text!) as { price?: unknown; routes?: unknown[] });
  expect(
    shown
      .map(({ price }) => price)
      .filter(Boolean)
      .map((price) => PriceRule.parse(price).kind),
  ).toEqual(["from_cost"]);
  expect(shown.flatMap(({ routes = [] }) => routes).map((route) => Route.parse(route).provider)).toEqual(["byteplus", "example"]);
});
