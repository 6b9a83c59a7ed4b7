/** Arithmetic of rounds: medians, ratios, and who is faster. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Null where there is nothing. */
export function spread(figures: readonly number[]): Spread | null {
  const sorted = figures.toSorted((one, other) => one - other);
  if (sorted.length === 0) return null;
  return { median: medianOf(sorted), min: sorted[0]!, max: sorted.at(-1)! };
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest figure that this share of all does not pass. NaN of none. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Of b to a, round by round. Null where there is nothing to divide by: a difference may be nothing, or less. */
export function ratioOf(a: readonly number[], b: readonly number[]): Spread | null {
  if (a.length !== b.length || [...a, ...b].some((figure) => !(figure > 0))) return null;
  return spread(a.map((figure, round) => b[round]! / figure));
}

export type Verdict = "a" | "b" | "even";

/** The less, the better. Only where no round of one reaches into those of the other. */
export function fasterOf(a: Spread, b: Spread): Verdict {
  if (a.max < b.min) return "a";
  return b.max < a.min ? "b" : "even";
}

/** How often two that are equal would be told apart all the same: once in so many. */
export function onceIn(rounds: number): number {
  let ways = 1;
  for (let step = 1; step <= rounds; step += 1) ways = (ways * (rounds + step)) / step;
  return Math.round(ways / 2);
}

export const digits = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
};

export const show = ({ median, min, max }: Spread): string => (min === max ? digits(median) : `${digits(median)} (${digits(min)} to ${digits(max)})`);
