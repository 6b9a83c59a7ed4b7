/** When a line of a manifest holds, by the parameters that were asked for. */
import { z } from "zod";

const Value = z.union([z.string(), z.number(), z.boolean()]);

export const Expectation = z.union([
  Value,
  /** One of these. */
  z.array(Value).min(1),
  z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
  /** Whether it was asked for at all. */
  z.strictObject({ given: z.boolean() }),
]);
export type Expectation = z.infer<typeof Expectation>;

/** By parameter; all of them at once. */
export const Condition = z.record(z.string(), Expectation);
export type Condition = z.infer<typeof Condition>;

export const holds = (condition: Condition | undefined, input: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(condition ?? {}).every(([param, expected]) => meets(expected, input[param]));

function meets(expected: Expectation, actual: unknown): boolean {
  if (Array.isArray(expected)) return expected.some((one) => one === actual);
  if (typeof expected !== "object") return expected === actual;
  if ("given" in expected) return expected.given === isGiven(actual);
  const { min = -Infinity, max = Infinity } = expected;
  return typeof actual === "number" && actual >= min && actual <= max;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
