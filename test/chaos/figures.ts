/** A promise, what it allows, and what was found. */
export interface Figure {
  readonly promise: string;
  readonly what: string;
  readonly allowed: string;
  readonly found: string;
  readonly isKept: boolean;
  /** How many trials this run made of those that the promise names. */
  readonly trials: string;
  /** Times depend on the machine as well: a busy one may be granted a multiple. */
  readonly clock: { readonly most: number; readonly found: number } | null;
}

/** Whether it would be kept if everything took so many times as long. */
export const isKeptWithin = ({ isKept, clock }: Figure, times: number): boolean => isKept || (clock !== null && clock.found <= clock.most * times);

/** A figure for one promise, with the trials that it rests on. */
export interface About {
  readonly promise: string;
  readonly trials: string;
}

/** What must not have happened at all. */
export const none = ({ promise, trials }: About, what: string, found: number): Figure => ({
  promise,
  what,
  allowed: "0",
  found: String(found),
  isKept: found === 0,
  trials,
  clock: null,
});

/** What must not have taken longer. Null: it was not tried. */
export const withinSeconds = ({ promise, trials }: About, what: string, { most, found }: { most: number; found: number | null }): Figure => ({
  promise,
  what,
  allowed: `<= ${most} s`,
  found: found === null ? "not tried" : `${found.toFixed(1)} s`,
  isKept: found === null || found <= most,
  trials,
  clock: found === null ? null : { most, found },
});

export const of = (made: number, named: number): string => `${made.toLocaleString("en")} of ${named.toLocaleString("en")}`;

export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

export function table(figures: readonly Figure[]): string {
  const rows = [
    ["", "promise", "figure", "allowed", "found", "trials"],
    ...figures.map(({ promise, what, allowed, found, isKept, trials }) => [isKept ? "ok" : "BROKEN", promise, what, allowed, found, trials]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
