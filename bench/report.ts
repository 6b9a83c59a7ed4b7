import type { Machine } from "./readings.ts";
import { spread, type Round, type Spread } from "./rounds.ts";

export interface Counted {
  readonly accepts: number;
  readonly transactionsPerAccept: number;
  readonly walBytesPerAccept: number;
}

export interface Report {
  readonly at: string;
  readonly machine: Machine;
  readonly rounds: readonly Round[];
  readonly counted: { readonly cooly: Counted; readonly bare: Counted };
  readonly proven: { readonly answered: number; readonly rows: number; readonly violations: number };
}

type Figure = "p50Ms" | "p99Ms" | "perSecond" | "serverCpuMs" | "postgresCpuMs";
const figures: Record<Figure, string> = {
  p50Ms: "p50, ms",
  p99Ms: "p99, ms",
  perSecond: "accepts/s",
  serverCpuMs: "server CPU, ms each",
  postgresCpuMs: "database CPU, ms each",
};

export interface Line {
  readonly scenario: string;
  readonly figure: Figure;
  readonly cooly: Spread;
  readonly bare: Spread;
  /** Of cooly to bare, round by round. */
  readonly ratio: Spread;
}

export function compare(rounds: readonly Round[]): Line[] {
  const scenarios = [...new Set(rounds.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) =>
    (Object.keys(figures) as Figure[]).flatMap((figure) => {
      const of = (side: Round["side"]): number[] =>
        rounds.filter((round) => round.scenario === scenario && round.side === side).flatMap((round) => round[figure] ?? []);
      const [cooly, bare] = [of("cooly"), of("bare")];
      if (cooly.length === 0) return [];
      return { scenario, figure, cooly: spread(cooly), bare: spread(bare), ratio: spread(cooly.map((value, round) => value / bare[round]!)) };
    }),
  );
}

export function render({ machine, rounds, counted, proven }: Report): string {
  const lines = compare(rounds).map(({ scenario, figure, cooly, bare, ratio }) => [scenario, figures[figure], show(cooly), show(bare), show(ratio)]);
  const table = [
    ["", "", "cooly", "bare Express + INSERT", "cooly / bare"],
    ...lines.map((line, at) => (line[0] === lines[at - 1]?.[0] ? ["", ...line.slice(1)] : line)),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const repeated = lines.length === 0 ? 0 : rounds.filter(({ side, scenario }) => side === "cooly" && scenario === rounds[0]!.scenario).length;
  const count = ({ accepts, transactionsPerAccept, walBytesPerAccept }: Counted): string =>
    `${transactionsPerAccept.toFixed(3)} transactions and ${Math.round(walBytesPerAccept)} bytes of WAL per accept (${accepts} of them)`;
  return [
    `${machine.cores} cores (${machine.processor}), ${machine.system}, load average ${machine.loadAverage.toFixed(1)}`,
    `Node ${machine.node}, PostgreSQL ${machine.postgres}, fsync ${machine.fsync}`,
    `${repeated} rounds of each, in turn: median (min to max)`,
    "",
    ...table.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    ),
    "",
    `At 64 clients  cooly  ${count(counted.cooly)}`,
    `               bare   ${count(counted.bare)}`,
    `Answered 202 and found in the database: ${proven.answered} and ${proven.rows}; broken rules of the books: ${proven.violations}`,
  ].join("\n");
}

const show = ({ median, min, max }: Spread): string => `${digits(median)} (${digits(min)} to ${digits(max)})`;
const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
