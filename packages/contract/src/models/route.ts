/** One way to have a model's output made: whose protocol, under which name there, and what must be known of that vendor. */
import { z } from "zod";
import { Condition } from "./condition.ts";
import { Cost } from "./cost.ts";
import { RequestMap } from "./request-map.ts";

/**
 * What an answer that is no result means for the output.
 * `user_input`, `moderated_input`, `moderated_output`: refused, and no other route is asked.
 * `auth`, `billing`, `not_available`: this route is closed for a while, and another may be asked.
 * `rate_limited`, `overloaded`: not accepted; later, or elsewhere. `transient`: another attempt may do better.
 * `ambiguous`: it may have been accepted.
 */
export const errorClasses = [
  "user_input",
  "moderated_input",
  "moderated_output",
  "auth",
  "billing",
  "not_available",
  "rate_limited",
  "overloaded",
  "transient",
  "ambiguous",
] as const;
export type ErrorClass = (typeof errorClasses)[number];

export const ErrorRule = z
  .strictObject({
    status: z.int().min(100).max(599).optional(),
    /** A regular expression for the vendor's own word for it. */
    code: z.string().optional(),
    class: z.enum(errorClasses),
  })
  .refine(({ status, code }) => status !== undefined || code !== undefined, { error: "must name a status or a code" });
export type ErrorRule = z.infer<typeof ErrorRule>;

/** The first rule that fits; null: none does. */
export const classByRules = (
  rules: readonly ErrorRule[],
  { status, code }: { readonly status?: number | undefined; readonly code?: string | null | undefined },
): ErrorClass | null =>
  rules.find((rule) => (rule.status ?? status) === status && (rule.code === undefined || new RegExp(rule.code, "u").test(code ?? "")))?.class ?? null;

export const Route = z.strictObject({
  /** Unique in its model; without it, the provider's name. */
  id: z.string().optional(),
  provider: z.string(),
  upstream_id: z.string(),
  /** Default: true. */
  enabled: z.boolean().optional(),
  /** The lowest is asked first. Default: 0. */
  priority: z.int().min(0).optional(),
  /** Among those of one priority, how often it is the first to be asked. Default: 1. */
  weight: z.int().min(1).optional(),
  /** Only for these parameters. */
  when: Condition.optional(),
  /** Without it, the parameters are the request's own. */
  map: RequestMap.optional(),
  /** What this vendor asks for; without it, what the price is made from. */
  cost: Cost.optional(),
  /** How many may be there at once, and in a minute; what the vendor says while it works may lower both. */
  limits: z.strictObject({ at_once: z.int().min(1).optional(), a_minute: z.int().min(1).optional() }).optional(),
  /** Before those of the provider: the first that fits. */
  errors: z.array(ErrorRule).optional(),
  /** How long a result can be fetched. */
  result_seconds: z.int().min(1).optional(),
});
export type Route = z.infer<typeof Route>;

export const routeIdOf = ({ id, provider }: Pick<Route, "id" | "provider">): string => id ?? provider;
