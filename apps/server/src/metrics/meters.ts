import type { CounterName, GaugeName, HistogramName, LabelsOf } from "./list.ts";

export type SetGauge = <Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number) => void;

/** Counts what this process does. */
export interface Meters {
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  readonly set: SetGauge;
  /** Asked before each scrape. Where it fails these gauges are absent, rather than old. */
  onScrape(gauges: readonly GaugeName[], read: (set: SetGauge) => void | Promise<void>): void;
  render(): Promise<{ mediaType: string; text: string }>;
}

/** For a process whose figures nobody may read. */
export const quietMeters: Meters = {
  count() {},
  observe() {},
  set() {},
  onScrape() {},
  render: async () => ({ mediaType: "text/plain", text: "" }),
};

/** Measures an act. `outcomeOf` puts a word to what came of it. */
export async function timed<T>(act: () => Promise<T>, told: (seconds: number, result: { value: T } | { error: unknown }) => void): Promise<T> {
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  try {
    const value = await act();
    told(seconds(), { value });
    return value;
  } catch (error) {
    told(seconds(), { error });
    throw error;
  }
}
