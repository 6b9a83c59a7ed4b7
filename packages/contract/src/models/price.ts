/** The price engine: pure, integers out, rounded once and upwards, the same module for the API, the quote and the studio. */
import { z } from "zod";
import { Cost, costOf } from "./cost.ts";
import { divided, fractionOf, PositiveDecimal, roundedUp, times, type Fraction } from "./decimal.ts";
import { parseSize } from "./size.ts";

/**
 * How one output of a model is priced.
 * `per_output`: so many credits. `per_pixels`: `credits` for every started `pixels` of the asked size.
 * `from_cost`: what the vendor asks, times `margin`, in credits of `credit_usd` dollars each, up to the next multiple of `round_up_to`.
 */
export const PriceRule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("per_output"), credits: z.int().min(0) }),
  z.strictObject({ kind: z.literal("per_pixels"), credits: z.int().min(0), pixels: z.int().min(1) }),
  z.strictObject({
    kind: z.literal("from_cost"),
    cost: Cost,
    /** Both are the installation's where the model does not say. */
    margin: PositiveDecimal.optional(),
    credit_usd: PositiveDecimal.optional(),
    round_up_to: z.int().min(1).default(1),
    /** `usage`: where the vendor says how many units it took, they are charged, and never more than was quoted. */
    settle: z.enum(["quote", "usage"]).default("quote"),
  }),
]);
export type PriceRule = z.infer<typeof PriceRule>;

/** What an installation sells credits by. */
export interface Terms {
  /** Of the vendor's price: 1.5 is half of it on top. */
  readonly margin: string;
  /** What one credit stands for, in dollars. */
  readonly creditUsd: string;
}

/** Those of the application that went before: 1 credit for 0.002 dollars, sold for half as much again as it costs. */
export const usualTerms: Terms = { margin: "1.5", creditUsd: "0.002" };

/** With the installation's terms in it, so that whoever has the rule needs nothing else. */
export const withTerms = (rule: PriceRule, { margin, creditUsd }: Terms): PriceRule =>
  rule.kind === "from_cost" ? { ...rule, margin: rule.margin ?? margin, credit_usd: rule.credit_usd ?? creditUsd } : rule;

type Input = Readonly<Record<string, unknown>>;

/** Credits that one output can cost at the most. Throws where the rule has no price for this input. */
export function creditsPerOutput(rule: PriceRule, input: Input): number {
  const credits = creditsFor(rule, input);
  if (credits === null) throw new Error(`there is no price for ${JSON.stringify(input)} by the rule ${rule.kind}`);
  return credits;
}

/** What is charged for an output of which the vendor says that it took `used` units: never more than was quoted, and that where it says no number. */
export function creditsUsed(rule: PriceRule, input: Input, used: number): number {
  const quoted = creditsPerOutput(rule, input);
  if (rule.kind !== "from_cost" || rule.settle === "quote" || !(used >= 0 && used < Infinity)) return quoted;
  return Math.min(quoted, creditsFor(rule, input, used)!);
}

/** Null where there is no price. */
export function creditsFor(rule: PriceRule, input: Input, used?: number): number | null {
  switch (rule.kind) {
    case "per_output":
      return rule.credits;
    case "per_pixels": {
      const size = parseSize(input["size"]);
      return size && Math.ceil((size.width * size.height * rule.credits) / rule.pixels);
    }
    case "from_cost": {
      const cost = costOf(rule.cost, input, used);
      return cost && roundedUp(inCredits(cost, rule), rule.round_up_to);
    }
  }
}

function inCredits(usd: Fraction, { margin, credit_usd }: { margin?: string | undefined; credit_usd?: string | undefined }): Fraction {
  const credit = fractionOf(credit_usd ?? usualTerms.creditUsd);
  return divided(times(usd, fractionOf(margin ?? usualTerms.margin)), credit);
}
