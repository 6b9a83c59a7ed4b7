/** What a vendor asks for one output, in dollars, from the parameters alone. */
import { z } from "zod";
import { Condition, holds } from "./condition.ts";
import { Decimal, divided, fractionOf, larger, plus, times, type Fraction } from "./decimal.ts";
import { parseSize, Size } from "./size.ts";

/** One factor of how much is asked for. */
export const Measure = z.discriminatedUnion("of", [
  /** The number that this parameter says: seconds, steps. */
  z.strictObject({ of: z.literal("param"), param: z.string() }),
  /** The characters of this text; its Unicode code points. */
  z.strictObject({ of: z.literal("characters"), param: z.string() }),
  /** The pixels of this "WIDTHxHEIGHT". */
  z.strictObject({ of: z.literal("pixels"), param: z.string() }),
  /** How many this list has; 0 where it was not given. */
  z.strictObject({ of: z.literal("count"), param: z.string() }),
  /** By the values of these parameters, joined by a space: "720p 16:9". A size counts its pixels. */
  z.strictObject({ of: z.literal("table"), by: z.array(z.string()).min(1), values: z.record(z.string(), z.union([z.number().min(0), Size])) }),
  z.strictObject({ of: z.literal("constant"), value: z.number().min(0) }),
]);
export type Measure = z.infer<typeof Measure>;

export const Cost = z.strictObject({
  /** What is counted: image, second, token. The word is shown to people. */
  unit: z.string().min(1),
  /** The first that holds; where none does, there is no price, and it cannot be run. */
  prices: z.array(z.strictObject({ when: Condition.optional(), usd: Decimal })).min(1),
  /** The price is for so many units. */
  per: z.int().min(1).default(1),
  /** Multiplied they are the units of one output; none of them: one. */
  measures: z.array(Measure).default([]),
  /** Units are these for one: 1024 where tokens are pixels divided by it. */
  divided_by: z.int().min(1).default(1),
  /** Each that holds multiplies the cost. */
  factors: z.array(z.strictObject({ when: Condition, by: Decimal })).default([]),
  /** Each that holds comes on top, whatever the vendor says it took of the rest: pictures that go in, where what comes out is counted. */
  on_top: z
    .array(z.strictObject({ when: Condition.optional(), usd: Decimal, per: z.int().min(1).default(1), measures: z.array(Measure).default([]) }))
    .optional(),
  /** Less is never asked. */
  least_usd: Decimal.optional(),
});
export type Cost = z.infer<typeof Cost>;

type Input = Readonly<Record<string, unknown>>;

/** Units of one output; null where a parameter that decides them is not known. */
export const unitsOf = ({ measures, divided_by }: Cost, input: Input): Fraction | null => multiplied(measures, input, { top: 1n, over: BigInt(divided_by) });

function multiplied(measures: readonly Measure[], input: Input, from: Fraction): Fraction | null {
  let units = from;
  for (const measure of measures) {
    const measured = measureOf(measure, input);
    if (measured === null) return null;
    units = times(units, fractionOf(measured));
  }
  return units;
}

function measureOf(measure: Measure, input: Input): number | null {
  switch (measure.of) {
    case "param":
      return numberIn(input[measure.param]);
    case "characters": {
      const text = input[measure.param];
      return typeof text === "string" ? [...text].length : null;
    }
    case "pixels":
      return pixelsOf(input[measure.param]);
    case "count": {
      const list = input[measure.param];
      return Array.isArray(list) ? list.length : list === undefined ? 0 : 1;
    }
    case "table": {
      const words = measure.by.map((param) => String(input[param])).join(" ");
      const found = Object.hasOwn(measure.values, words) ? measure.values[words]! : null;
      return typeof found === "string" ? pixelsOf(found) : found;
    }
    case "constant":
      return measure.value;
  }
}

function pixelsOf(text: unknown): number | null {
  const size = parseSize(text);
  return size && size.width * size.height;
}

/** Lists of choices hold numbers as text, too: OpenAI's `seconds` is "4". */
function numberIn(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,6}(\.\d{1,6})?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : null;
}

/** In dollars; `used`: the units that the vendor says it took. Null where there is no price for it. */
export function costOf(cost: Cost, input: Input, used?: number): Fraction | null {
  const price = cost.prices.find(({ when }) => holds(when, input));
  const units = used === undefined ? unitsOf(cost, input) : fractionOf(used);
  if (!price || units === null) return null;
  const factors = cost.factors.filter(({ when }) => holds(when, input)).map(({ by }) => fractionOf(by));
  let asked = factors.reduce(times, priced(units, price.usd, cost.per));
  for (const { when, usd, per, measures } of cost.on_top ?? []) {
    if (!holds(when, input)) continue;
    const more = multiplied(measures, input, { top: 1n, over: 1n });
    if (more === null) return null;
    asked = plus(asked, priced(more, usd, per));
  }
  return cost.least_usd === undefined ? asked : larger(asked, fractionOf(cost.least_usd));
}

const priced = (units: Fraction, usd: string, per: number): Fraction => divided(times(units, fractionOf(usd)), { top: BigInt(per), over: 1n });
