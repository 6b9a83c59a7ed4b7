import { holds, routeIdOf, type ModelManifest, type Route } from "@cooly/contract";
import { mapRequest, type Remark } from "./map-request.ts";

type Input = Readonly<Record<string, unknown>>;

export type Chosen =
  | { readonly outcome: "chosen"; readonly route: Route; readonly warnings: readonly Remark[] }
  /** No route takes all that was asked for: what the first of them says. */
  | { readonly outcome: "unsupported"; readonly remarks: readonly Remark[] };

/** Whether whoever makes it is there. */
type IsAtHand = (route: Route) => boolean;

export interface ChooseBy {
  readonly isAtHand: IsAtHand;
  /** 0 to 1, without 1. */
  readonly chance: () => number;
  /** Whether it serves at the moment. Default: all do. */
  readonly serves?: (route: Route) => boolean;
}

/**
 * The route that is asked first: of the lowest priority number, one by weight, among those that are enabled, fit these parameters, have their
 * provider at hand and can honour everything. Those that do not serve at the moment are for when no other does.
 */
export function chooseRoute(model: ModelManifest, input: Input, { isAtHand, chance, serves = () => true }: ChooseBy): Chosen {
  const { able, remarks } = ableRoutes(model, input, isAtHand);
  const serving = able.filter(({ route }) => serves(route));
  const [found] = serving.length > 0 ? [serving] : [able];
  if (found.length === 0) return { outcome: "unsupported", remarks };
  const first = found.filter(({ route }) => (route.priority ?? 0) === (found[0]!.route.priority ?? 0)).map(({ route }) => route);
  const route = byWeight(first, chance());
  return { outcome: "chosen", ...found.find((one) => one.route === route)! };
}

interface Able {
  readonly route: Route;
  readonly warnings: readonly Remark[];
}

/** In the order of their priorities. `remarks`: what the first says that is not able. */
function ableRoutes(model: ModelManifest, input: Input, isAtHand: IsAtHand): { able: readonly Able[]; remarks: readonly Remark[] } {
  const usual = usualOf(model);
  const open = model.routes.filter((route) => route.enabled !== false && isAtHand(route) && holds(route.when, input));
  const able: Able[] = [];
  let remarks: readonly Remark[] = [];
  for (const route of open.toSorted((one, other) => (one.priority ?? 0) - (other.priority ?? 0))) {
    const mapped = mapRequest(route, input, usual);
    if (mapped.outcome === "mapped") able.push({ route, warnings: mapped.warnings });
    else if (remarks.length === 0) remarks = mapped.remarks;
  }
  return { able, remarks };
}

/** Routes that make the very same as this one, in the order of their priorities: what they leave out was left out before. */
export function alternativesTo(own: Route, model: ModelManifest, { input, isAtHand }: { input: Input; isAtHand: IsAtHand }): readonly Route[] {
  const mapped = mapRequest(own, input, usualOf(model));
  const left = new Set(mapped.outcome === "mapped" ? mapped.warnings.map(({ param }) => param) : []);
  return ableRoutes(model, input, isAtHand)
    .able.filter(({ route, warnings }) => routeIdOf(route) !== routeIdOf(own) && warnings.every(({ param }) => left.has(param)))
    .map(({ route }) => route);
}

/** `chance`: 0 to 1, without 1. Of none it is none. */
export function byWeight(routes: readonly Route[], chance: number): Route {
  const all = routes.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let left = chance * all;
  return routes.find(({ weight = 1 }) => (left -= weight) < 0) ?? routes.at(-1)!;
}

/** What each parameter is when nobody asks. */
export function usualOf({ params }: ModelManifest): Input {
  const properties = (params["properties"] ?? {}) as Readonly<Record<string, { readonly default?: unknown }>>;
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, property.default]));
}
