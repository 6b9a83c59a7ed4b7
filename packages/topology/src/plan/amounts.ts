/** Figures for people. */
import type { Range } from "./range.ts";
import type { Currency } from "./traffic.ts";

export const gigabytes = (value: number): string =>
  value >= 1_000 ? `${(value / 1_000).toFixed(1)} TB` : value >= 10 ? `${value.toFixed(0)} GB` : `${value.toFixed(1)} GB`;

const SIGNS: Record<Currency, string> = { USD: "$", EUR: "€" };

/** Whole, as nobody knows the cents. */
export const money = (value: number, currency: Currency): string => {
  if (value === 0) return `${SIGNS[currency]}0`;
  return value < 0.5 ? `under ${SIGNS[currency]}1` : `${SIGNS[currency]}${Math.round(value).toLocaleString("en")}`;
};

export const moneyRange = ({ least, most }: Range, currency: Currency): string => {
  const [from, to] = [Math.round(least), Math.round(most)];
  return from === to ? money(most, currency) : `${SIGNS[currency]}${from.toLocaleString("en")}-${to.toLocaleString("en")}`;
};

export const percent = (share: number): string => (share > 0 && share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %`);
export const people = (count: number): string => count.toLocaleString("en");
