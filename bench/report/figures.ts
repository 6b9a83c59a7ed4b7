/** Pure arithmetic of rounds: medians, ratios, targets. */
export interface Sample {
  readonly scenario: string;
  readonly side: string;
  readonly round: number;
  /** By title, with the unit in it: `p50, ms`. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(figures: readonly number[]): Spread {
  if (figures.length === 0) throw new Error("a spread of nothing");
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The smallest figure that this share of all does not pass. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export interface Place {
  readonly scenario: string;
  readonly side: string;
  readonly figure: string;
}

/** One for each round that has it. */
export function figuresAt(samples: readonly Sample[], { scenario, side, figure }: Place): Map<number, number> {
  const found = new Map<number, number>();
  for (const sample of samples) {
    const value = sample.figures[figure];
    if (sample.scenario === scenario && sample.side === side && value !== undefined) found.set(sample.round, value);
  }
  return found;
}

export const spreadAt = (samples: readonly Sample[], place: Place): Spread => spread([...figuresAt(samples, place).values()]);

/** Of one to the other, round by round. */
export function ratio(samples: readonly Sample[], of: Place, to: Place): Spread {
  const below = figuresAt(samples, to);
  return spread([...figuresAt(samples, of)].flatMap(([round, value]) => (below.has(round) ? value / below.get(round)! : [])));
}

export type Bound = { readonly atMost: number } | { readonly atLeast: number };

export interface Target {
  /** A row of the table of targets. */
  readonly says: string;
  readonly bound: Bound;
  readonly unit: string;
  readonly measured: Spread;
}

/** The median decides. */
export const isMet = ({ bound, measured }: Target): boolean => ("atMost" in bound ? measured.median <= bound.atMost : measured.median >= bound.atLeast);

export const digits = (value: number): string =>
  value >= 1000
    ? Math.round(value).toLocaleString("en")
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value >= 0.1 || value === 0
          ? value.toFixed(2)
          : value.toPrecision(2);

export const show = ({ median, min, max }: Spread): string => (min === max ? digits(median) : `${digits(median)} (${digits(min)} to ${digits(max)})`);

export const showBound = ({ bound, unit }: Pick<Target, "bound" | "unit">): string =>
  `${"atMost" in bound ? `≤ ${digits(bound.atMost)}` : `≥ ${digits(bound.atLeast)}`}${unit && ` ${unit}`}`;
