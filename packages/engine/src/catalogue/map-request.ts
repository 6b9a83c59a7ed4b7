import { holds, parseSize, type FieldRule, type Route } from "@cooly/contract";
import { namesFile, toInputFiles } from "./input-file.ts";

type Input = Readonly<Record<string, unknown>>;

export interface Remark {
  readonly param: string;
  readonly message: string;
}

export type Mapped =
  /** `warnings`: what was asked for and is left out. */
  | { readonly outcome: "mapped"; readonly request: Readonly<Record<string, unknown>>; readonly warnings: readonly Remark[] }
  | { readonly outcome: "unsupported"; readonly remarks: readonly Remark[] };

/**
 * What a vendor's request holds for this input. `usual`: what parameters are when nobody asks; to leave such a one out is no news.
 * A parameter that the route cannot honour is never left out in silence.
 */
export function mapRequest({ map }: Pick<Route, "map">, input: Input, usual: Input = {}): Mapped {
  if (map === undefined) return { outcome: "mapped", request: input, warnings: [] };
  const request: Record<string, unknown> = {};
  const [warnings, remarks]: [Remark[], Remark[]] = [[], []];
  const together = new Set(map.combined.flatMap(({ by }) => by));
  for (const [param, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const isAsked = JSON.stringify(value) !== JSON.stringify(usual[param]);
    const rule = map.params[param];
    if (rule === "platform") continue;
    if (rule === "drop") {
      if (isAsked) warnings.push({ param, message: `${param} has no effect here: the vendor of this route does not take it.` });
    } else if (rule !== undefined) {
      for (const field of [rule].flat()) put(field, param, value);
    } else if (isAsked && !together.has(param)) remarks.push({ param, message: `${param} cannot be honoured on this route.` });
  }
  for (const { by, to, table } of map.combined) {
    const words = by.map((param) => String(input[param])).join(" ");
    if (Object.hasOwn(table, words)) place(request, to, table[words]);
    else remarks.push({ param: by[0]!, message: `${by.join(" and ")} cannot be ${words} together on this route.` });
  }
  for (const { to, value, when } of map.fixed) if (holds(when, input)) place(request, to, value);
  return remarks.length > 0 ? { outcome: "unsupported", remarks } : { outcome: "mapped", request, warnings };

  function put(field: FieldRule, param: string, value: unknown): void {
    const said = translate(field, value);
    if (said === undefined) remarks.push({ param, message: `${param} cannot be ${JSON.stringify(value)} on this route.` });
    else place(request, field.to, said);
  }
}

/** Undefined where the vendor has no word for it. */
function translate(rule: FieldRule, value: unknown): unknown {
  if (namesFile(rule)) return toInputFiles(rule, value);
  const { part, table, scale, as, size_sign } = rule;
  let said: unknown = value;
  if (part !== undefined) said = parseSize(said)?.[part];
  if (size_sign !== undefined) said = typeof said === "string" ? said.replace("x", size_sign) : undefined;
  if (table !== undefined) said = Object.hasOwn(table, String(said)) ? table[String(said)] : undefined;
  if (scale !== undefined && said !== undefined) said = typeof said === "number" ? scaled(said, scale) : undefined;
  if (said === undefined || as === undefined) return said;
  if (as === "list") return [said].flat();
  return as === "text" ? String(said) : Number(said);
}

function scaled(value: number, { by, add, least = -Infinity, most = Infinity, whole }: NonNullable<FieldRule["scale"]>): number {
  const exact = Math.min(most, Math.max(least, value * by + add));
  return whole ? Math.round(exact) : exact;
}

function place(request: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split(".");
  let within = request;
  for (const name of names.slice(0, -1)) {
    if (!Object.hasOwn(within, name)) within[name] = {};
    within = within[name] as Record<string, unknown>;
  }
  within[names.at(-1)!] = value;
}
