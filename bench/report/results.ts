/** Where figures go: a terminal, a file for each suite, and a page with charts. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Machine } from "../readings/machine.ts";
import { describeMachine } from "../readings/machine.ts";
import type { Measured, Suite } from "../suites/suite.ts";
import { drawChart } from "./chart.ts";
import { tableOf, tableOfTargets, toMarkdown, toText } from "./table.ts";

export interface Report {
  readonly at: string;
  readonly command: string;
  readonly machine: Machine;
  readonly suites: readonly { readonly suite: Pick<Suite, "name" | "title">; readonly measured: Measured }[];
  /** What was proven of all databases at the end. */
  readonly proof: string;
}

const targetsOf = ({ suites }: Report) => suites.flatMap(({ measured }) => measured.targets);

export function toTerminal(report: Report): string {
  const parts = report.suites.flatMap(({ suite, measured }) => [suite.title, "", toText(tableOf(measured.samples)), "", ...measured.notes, ""]);
  return [...describeMachine(report.machine), "", ...parts, toText(tableOfTargets(targetsOf(report))), "", report.proof].join("\n");
}

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** `bench/results/<suite>.json`: every round, and where it was taken. */
export function writeResults({ at, command, machine, suites }: Report, folder: string): void {
  mkdirSync(path(folder), { recursive: true });
  for (const { suite, measured } of suites) {
    const { samples, targets, notes } = measured;
    writeFileSync(path(`${folder}/${suite.name}.json`), `${JSON.stringify({ suite: suite.name, at, command, machine, targets, notes, samples }, null, 2)}\n`);
  }
}

const PAGE = "docs/performance.md";
const CHARTS = "docs/performance";
const BEGIN = "<!-- figures: written by `npm run bench -- --write` -->";
const END = "<!-- end of figures -->";

/** Between its markers; the prose around them stays. */
export function writePage(report: Report): void {
  mkdirSync(path(CHARTS), { recursive: true });
  for (const { measured } of report.suites) for (const chart of measured.charts) writeFileSync(path(`${CHARTS}/${chart.file}.svg`), drawChart(chart));
  const page = readFileSync(path(PAGE), "utf8");
  writeFileSync(path(PAGE), between(page, toPage(report)));
}

export function between(page: string, text: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no "${BEGIN}" followed by "${END}"`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`;
}

export function toPage(report: Report): string {
  const { at, command, machine, suites, proof } = report;
  const suitesInWords = suites.flatMap(({ suite, measured }) => [
    `### ${suite.title}`,
    ...measured.charts.map(({ file, title }) => `![${title}](performance/${file}.svg)`),
    toMarkdown(tableOf(measured.samples)),
    measured.notes.join("\n"),
  ]);
  return [
    `Taken ${at.slice(0, 10)} with \`${command}\`: medians, and in brackets the least and the most of all rounds.`,
    describeMachine(machine)
      .map((line) => `    ${line}`)
      .join("\n"),
    "### Targets",
    toMarkdown(tableOfTargets(targetsOf(report))),
    proof,
    ...suitesInWords,
  ].join("\n\n");
}
