/** Exact decimals: what a vendor asks for is written as text and counted in whole numbers, so that nothing is lost in between. */
import { z } from "zod";

/** Not negative, without an exponent: "0.0025". */
export const Decimal = z.string().regex(/^\d{1,12}(\.\d{1,12})?$/, { error: 'must be a decimal in quotes, for example "0.03"' });

/** What is divided by, or what nobody sells for nothing by mistake. */
export const PositiveDecimal = Decimal.refine((text) => /[1-9]/.test(text), { error: "must be more than 0" });

/** `over` is never zero. */
export interface Fraction {
  readonly top: bigint;
  readonly over: bigint;
}

export function fractionOf(value: string | number): Fraction {
  const text = typeof value === "number" ? plain(value) : value;
  const [whole = "", parts = ""] = text.split(".");
  return { top: BigInt(whole + parts), over: 10n ** BigInt(parts.length) };
}

/** Twelve places are more than any parameter has. */
const plain = (value: number): string => (Number.isInteger(value) ? value.toFixed(0) : value.toFixed(12));

export const times = (one: Fraction, other: Fraction): Fraction => ({ top: one.top * other.top, over: one.over * other.over });
export const divided = (one: Fraction, by: Fraction): Fraction => ({ top: one.top * by.over, over: one.over * by.top });
export const plus = (one: Fraction, other: Fraction): Fraction => ({ top: one.top * other.over + other.top * one.over, over: one.over * other.over });
export const smaller = (one: Fraction, other: Fraction): Fraction => (one.top * other.over <= other.top * one.over ? one : other);
export const larger = (one: Fraction, other: Fraction): Fraction => (smaller(one, other) === one ? other : one);

/** The next multiple of `step` that is not less. */
export function roundedUp({ top, over }: Fraction, step: number): number {
  const wide = over * BigInt(step);
  return Number(((top + wide - 1n) / wide) * BigInt(step));
}

/** To show and to add up; never to charge by. */
export const approximately = ({ top, over }: Fraction): number => Number((top * 10n ** 12n) / over) / 1e12;
