/** Prices are read on a day, somewhere, by somebody. A line without that is no price. */
export interface PriceLine {
  readonly sku: string;
  readonly says: string;
  /** Of what, in a month where nothing else is said. */
  readonly unit: string;
  readonly price: number;
  readonly currency: "USD" | "EUR";
  readonly source: string;
  /** ISO date. */
  readonly readOn: string;
  /** Of a machine. */
  readonly machine?: Machine;
  /** False where it often cannot be had. */
  readonly orderable?: boolean;
}

export interface Machine {
  readonly cores: number;
  readonly memoryMib: number;
  readonly diskGb: number;
}

export const STALE_DAYS = 90;
const DAY_MS = 86_400_000;

export const ageInDays = (readOn: string, today: Date): number => Math.floor((today.getTime() - Date.parse(readOn)) / DAY_MS);

/** What was read too long ago to be relied upon. */
export const staleLines = <Line extends PriceLine>(lines: readonly Line[], today: Date): readonly Line[] =>
  lines.filter(({ readOn }) => !(ageInDays(readOn, today) <= STALE_DAYS));
