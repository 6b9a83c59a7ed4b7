/** The price engine: pure, integers out, rounded once and upwards, the same module for the API and for the studio. */
import { z } from "zod";

/** How one output of a model is priced. `per_pixels`: `credits` for every started `pixels` of the asked size. */
export const PriceRule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("per_output"), credits: z.int().min(0) }),
  z.strictObject({ kind: z.literal("per_pixels"), credits: z.int().min(0), pixels: z.int().min(1) }),
]);
export type PriceRule = z.infer<typeof PriceRule>;

/** Credits that one output can cost at the most. `size` is "WIDTHxHEIGHT"; throws where the rule needs one and it is absent. */
export function creditsPerOutput(rule: PriceRule, input: Readonly<Record<string, unknown>>): number {
  switch (rule.kind) {
    case "per_output":
      return rule.credits;
    case "per_pixels": {
      const size = parseSize(input["size"]);
      if (!size) throw new Error(`price rule per_pixels needs a size, got ${String(input["size"])}`);
      return Math.ceil((size.width * size.height * rule.credits) / rule.pixels);
    }
  }
}

/** "1024x768" -> { width: 1024, height: 768 }; null for anything else. */
export function parseSize(size: unknown): { width: number; height: number } | null {
  const match = typeof size === "string" ? /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(size) : null;
  return match ? { width: Number(match[1]), height: Number(match[2]) } : null;
}
