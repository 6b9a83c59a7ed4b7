import { isMet, show, showBound, spreadAt, type Sample, type Target } from "./figures.ts";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A row for each side of each scenario, a column for each figure that any of them has. */
export function tableOf(samples: readonly Sample[]): Table {
  const figures = [...new Set(samples.flatMap((sample) => Object.keys(sample.figures)))];
  const places = [...new Map(samples.map(({ scenario, side }) => [`${scenario}\n${side}`, { scenario, side }])).values()];
  const rows = places.map(({ scenario, side }, at) => [
    places[at - 1]?.scenario === scenario ? "" : scenario,
    side,
    ...figures.map((figure) => {
      const has = samples.some((sample) => sample.scenario === scenario && sample.side === side && figure in sample.figures);
      return has ? show(spreadAt(samples, { scenario, side, figure })) : "";
    }),
  ]);
  return { head: ["", "", ...figures], rows };
}

export const tableOfTargets = (targets: readonly Target[]): Table => ({
  head: ["target", "wanted", "measured", ""],
  rows: targets.map((target) => [
    target.says,
    showBound(target),
    `${show(target.measured)}${target.unit && ` ${target.unit}`}`,
    isMet(target) ? "met" : "not met",
  ]),
});

/** For a terminal. */
export function toText({ head, rows }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function toMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
