import { holds, type ModelManifest, type Route } from "@cooly/contract";
import { mapRequest, type Remark } from "./map-request.ts";

type Input = Readonly<Record<string, unknown>>;

export type Chosen =
  | { readonly outcome: "chosen"; readonly route: Route; readonly warnings: readonly Remark[] }
  /** No route takes all that was asked for: what the first of them says. */
  | { readonly outcome: "unsupported"; readonly remarks: readonly Remark[] };

/**
 * The route that is asked first: of the lowest priority number, one by weight, among those that are enabled, fit these parameters, have their
 * provider at hand and can honour everything. `chance`: 0 to 1, without 1.
 */
export function chooseRoute(model: ModelManifest, input: Input, { isAtHand, chance }: { isAtHand: (route: Route) => boolean; chance: () => number }): Chosen {
  const usual = usualOf(model);
  const open = model.routes.filter((route) => route.enabled !== false && isAtHand(route) && holds(route.when, input));
  const able: { route: Route; warnings: readonly Remark[] }[] = [];
  let remarks: readonly Remark[] = [];
  for (const route of open.toSorted((one, other) => (one.priority ?? 0) - (other.priority ?? 0))) {
    const mapped = mapRequest(route, input, usual);
    if (mapped.outcome === "mapped") able.push({ route, warnings: mapped.warnings });
    else if (remarks.length === 0) remarks = mapped.remarks;
  }
  if (able.length === 0) return { outcome: "unsupported", remarks };
  const first = able.filter(({ route }) => (route.priority ?? 0) === (able[0]!.route.priority ?? 0));
  return { outcome: "chosen", ...byWeight(first, chance()) };
}

function byWeight<One extends { readonly route: Route }>(some: readonly One[], chance: number): One {
  const all = some.reduce((sum, { route }) => sum + (route.weight ?? 1), 0);
  let left = chance * all;
  return some.find(({ route }) => (left -= route.weight ?? 1) < 0) ?? some.at(-1)!;
}

/** What each parameter is when nobody asks. */
export function usualOf({ params }: ModelManifest): Input {
  const properties = (params["properties"] ?? {}) as Readonly<Record<string, { readonly default?: unknown }>>;
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, property.default]));
}
