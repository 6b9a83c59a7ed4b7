/** What is wrong with a manifest, or soon will be, beyond its form. */
import {
  approximately,
  costOf,
  creditsFor,
  fileForms,
  fileParamsOf,
  fractionOf,
  routeIdOf,
  usualTerms,
  type Condition,
  type Cost,
  type ModelManifest,
  type Route,
} from "@cooly/contract";
import { namesFile } from "./input-file.ts";
import { isOver } from "./lifecycle.ts";

export interface ManifestFinding {
  readonly code: string;
  /** A failure is not taken. */
  readonly level: "failure" | "warning";
  readonly says: string;
}

export interface Surroundings {
  readonly providers: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
  readonly now: Date;
}

const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

export function checkManifest(manifest: ModelManifest, around: Surroundings): readonly ManifestFinding[] {
  return [...ofParams(manifest), ...ofRoutes(manifest, around), ...ofPrice(manifest), ...ofLifecycle(manifest, around)];
}

const failure = (code: string, says: string): ManifestFinding => ({ code, level: "failure", says });
const warning = (code: string, says: string): ManifestFinding => ({ code, level: "warning", says });

interface Property {
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly type?: string;
}
const propertiesOf = ({ params }: ModelManifest): Readonly<Record<string, Property>> => (params["properties"] ?? {}) as Record<string, Property>;

function ofParams(manifest: ModelManifest): readonly ManifestFinding[] {
  const { params, price, routes } = manifest;
  const known = new Set(Object.keys(propertiesOf(manifest)));
  const named = [
    ...(price.kind === "from_cost" ? namedInCost(price.cost) : price.kind === "per_pixels" ? ["size"] : []),
    ...routes.flatMap((route) => namedInRoute(route)),
  ];
  const strange = [...new Set(named)].filter((name) => !known.has(name));
  return [
    ...(params["type"] === "object" && params["additionalProperties"] === false
      ? []
      : [failure("params.open", 'params must be a closed object: "type": "object" and "additionalProperties": false.')]),
    ...ofFiles(manifest),
    ...strange.map((name) => failure("params.unknown", `${name} is named in a price or a route, and is no parameter.`)),
  ];
}

/** A vendor cannot be sent the name that a file has here. */
function ofFiles({ params, routes }: ModelManifest): readonly ManifestFinding[] {
  const files = fileParamsOf(params);
  return [
    ...files
      .filter(({ maskOf, purpose }) => purpose === "mask" && !files.some((other) => other.name === maskOf && other.purpose === "image"))
      .map(({ name }) => failure("params.mask", `${name} is a mask, and no parameter is the picture that it is for: name it in "mask_of".`)),
    ...files.flatMap(({ name }) =>
      routes
        .filter(({ map }) => [map?.params[name] ?? []].flat().some((rule) => typeof rule === "object" && !namesFile(rule)))
        .map((route) => failure("params.file", `${name} is a file: route ${routeIdOf(route)} must say how it is sent, by "as": ${fileForms.join(", ")}.`)),
    ),
  ];
}

const namedInCondition = (condition: Condition | undefined): readonly string[] => Object.keys(condition ?? {});

function namedInCost({ prices, measures, factors, on_top = [] }: Cost): readonly string[] {
  const all = [...measures, ...on_top.flatMap((more) => more.measures)];
  const measured = all.flatMap((measure) => (measure.of === "table" ? measure.by : measure.of === "constant" ? [] : [measure.param]));
  return [...measured, ...[...prices, ...factors, ...on_top].flatMap(({ when }) => namedInCondition(when))];
}

function namedInRoute({ when, map, cost }: Route): readonly string[] {
  const mapped = map
    ? [...Object.keys(map.params), ...map.combined.flatMap(({ by }) => by), ...map.fixed.flatMap((field) => namedInCondition(field.when))]
    : [];
  return [...namedInCondition(when), ...mapped, ...(cost ? namedInCost(cost) : [])];
}

function ofRoutes(manifest: ModelManifest, { providers }: Surroundings): readonly ManifestFinding[] {
  const { routes } = manifest;
  const ids = routes.map(routeIdOf);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  const open = routes.filter(({ enabled }) => enabled !== false);
  const honoured = new Set(
    open.flatMap(({ map }) => (map ? [...Object.keys(map.params), ...map.combined.flatMap(({ by }) => by)] : Object.keys(propertiesOf(manifest)))),
  );
  return [
    ...(twice === undefined ? [] : [failure("routes.twice", `Two routes are called ${twice}; give them an id each.`)]),
    ...(open.length > 0 ? [] : [failure("routes.none", "No route is enabled.")]),
    ...Object.keys(propertiesOf(manifest))
      .filter((name) => open.length > 0 && !honoured.has(name))
      .map((name) => failure("params.nowhere", `${name} is honoured by no route: name it in a map, if only as "drop".`)),
    ...routes.flatMap(({ errors = [] }) =>
      errors.flatMap(({ code }) => (code === undefined || isPattern(code) ? [] : [failure("routes.pattern", `${code} is no regular expression.`)])),
    ),
    ...open
      .filter(({ provider }) => !providers.has(provider))
      .map(({ provider }) => warning("routes.no_provider", `This installation has no provider ${provider}: its key or address is not set.`)),
  ];
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

const COMBINATIONS_MAX = 5_000;

/** Whatever can be asked for has a price, and none is below what it costs. */
function ofPrice(manifest: ModelManifest): readonly ManifestFinding[] {
  const { price, routes } = manifest;
  const costs = routes.flatMap(({ cost }) => cost ?? []);
  const deciding = new Set([
    ...(price.kind === "from_cost" ? namedInCost(price.cost) : price.kind === "per_pixels" ? ["size"] : []),
    ...costs.flatMap(namedInCost),
  ]);
  const inputs = combinationsOf(propertiesOf(manifest), deciding);
  const priceless = inputs.find((input) => creditsFor(price, input) === null);
  if (priceless) return [failure("price.none", `There is no price for ${JSON.stringify(priceless)}; what has none cannot be run.`)];
  const creditUsd = approximately(fractionOf((price.kind === "from_cost" ? price.credit_usd : undefined) ?? usualTerms.creditUsd));
  return costs.flatMap((cost) => {
    const below = inputs.find((input) => {
      const asked = costOf(cost, input);
      return asked !== null && creditsFor(price, input)! * creditUsd < approximately(asked);
    });
    return below ? [warning("price.below_cost", `${JSON.stringify(below)} is sold for less than a route of it costs.`)] : [];
  });
}

/** Of the parameters that decide: every value of a list, and the ends of a range. */
function combinationsOf(properties: Readonly<Record<string, Property>>, deciding: ReadonlySet<string>): readonly Record<string, unknown>[] {
  let all: readonly Record<string, unknown>[] = [{}];
  for (const [name, property] of Object.entries(properties)) {
    if (!deciding.has(name)) continue;
    const values = valuesOf(property);
    if (all.length * values.length > COMBINATIONS_MAX) continue;
    all = all.flatMap((input) => values.map((value) => (value === undefined ? input : { ...input, [name]: value })));
  }
  return all;
}

function valuesOf({ enum: listed, default: usual, minimum, maximum, type, maxItems }: Property): readonly unknown[] {
  if (listed) return listed;
  if (type === "boolean") return [true, false];
  if (type === "string") return ["x"];
  if (type === "array") return [[], Array.from({ length: Math.min(maxItems ?? 1, 50) }, () => "x")];
  if (type === "object") return [undefined, {}];
  return [...new Set([minimum, usual, maximum].filter((value) => value !== undefined))];
}

function ofLifecycle({ lifecycle }: ModelManifest, { now, models }: Surroundings): readonly ManifestFinding[] {
  const { retire_at: on, replacement } = lifecycle;
  const next = replacement === null ? "No replacement is named." : `Its replacement is ${replacement}.`;
  const days = on === null ? Infinity : Math.ceil((Date.parse(on) - now.getTime()) / DAY_MS);
  return [
    ...(isOver(lifecycle, now)
      ? [warning("lifecycle.over", `It is over${on === null ? "" : ` since ${on}`} and cannot be run. ${next}`)]
      : days <= SOON_DAYS
        ? [warning("lifecycle.soon", `Its vendors turn it off on ${on}, in ${days} ${days === 1 ? "day" : "days"}. ${next}`)]
        : []),
    ...(replacement === null || models.has(replacement) ? [] : [warning("lifecycle.replacement", `${replacement}, its replacement, is no model here.`)]),
  ];
}
