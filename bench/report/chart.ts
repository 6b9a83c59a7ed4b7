/** Bars that lie, with a whisker from the least to the most and a line where the target is. Readable on light and on dark pages. */
import { digits, type Spread } from "./figures.ts";

export interface Chart {
  /** Without its ending. */
  readonly file: string;
  readonly title: string;
  readonly unit: string;
  readonly target: { readonly value: number; readonly says: string } | null;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly spread: Spread;
  /** Ours stand out from what they are measured against. */
  readonly ours: boolean;
}

const WIDTH = 760;
const LEFT = 210;
const RIGHT = 90;
const TOP = 52;
const ROW = 30;
const BAR = 16;
const TICKS_MAX = 6;
const ROUND_STEPS = [1, 2, 2.5, 5, 10];

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
  .title { font-size: 15px; font-weight: 600; } .small { font-size: 11px; fill: #57606a; }
  .ours { fill: #0969da; } .theirs { fill: #8c959f; } .grid { stroke: #d0d7de; } .whisker { stroke: #24292f; stroke-width: 1.5; }
  .target { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 5 3; } .target-text { font-size: 11px; fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; stroke: #0d1117; } .small { fill: #8d96a0; } .ours { fill: #4493f8; } .theirs { fill: #6e7681; } .grid { stroke: #30363d; }
    .whisker { stroke: #e6edf3; } .target { stroke: #f85149; } .target-text { fill: #f85149; }
  }`;

export function drawChart({ title, unit, target, bars }: Chart): string {
  const largest = Math.max(...bars.map(({ spread }) => spread.max), target?.value ?? 0);
  const step = stepFor(largest);
  const ticks = Math.max(1, Math.ceil(largest / step));
  const most = step * ticks;
  const x = (value: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * value) / most).toFixed(1);
  const bottom = TOP + bars.length * ROW;
  const grid = Array.from({ length: ticks + 1 }, (_, tick) => tick * step).map(
    (value) =>
      `<line class="grid" x1="${x(value)}" y1="${TOP}" x2="${x(value)}" y2="${bottom}"/><text class="small" x="${x(value)}" y="${bottom + 16}" text-anchor="middle">${tickText(value)}</text>`,
  );
  const drawn = bars.map((bar, row) => drawBar(bar, { x, middle: TOP + row * ROW + ROW / 2 }));
  const line = target
    ? `<line class="target" x1="${x(target.value)}" y1="${TOP - 6}" x2="${x(target.value)}" y2="${bottom}"/><text class="target-text" x="${x(target.value)}" y="${TOP - 10}" text-anchor="middle">${escape(target.says)}</text>`
    : "";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 44}" role="img" aria-label="${escape(title)}"><style>${style}</style>`,
    `<text class="title" x="0" y="18">${escape(title)}</text>`,
    ...grid,
    ...drawn,
    line,
    `<text class="small" x="${x(most / 2)}" y="${bottom + 34}" text-anchor="middle">${escape(unit)}; bar: median, whisker: least to most</text>`,
    "</svg>\n",
  ].join("\n");
}

function drawBar({ label, spread, ours }: Bar, { x, middle }: { x: (value: number) => string; middle: number }): string {
  const [from, to] = [x(spread.min), x(spread.max)];
  return [
    `<text x="${LEFT - 10}" y="${middle + 4}" text-anchor="end">${escape(label)}</text>`,
    `<rect class="${ours ? "ours" : "theirs"}" x="${LEFT}" y="${middle - BAR / 2}" width="${(Number(x(spread.median)) - LEFT).toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<path class="whisker" fill="none" d="M${from} ${middle}H${to}M${from} ${middle - 4}v8M${to} ${middle - 4}v8"/>`,
    `<text x="${(Number(to) + 8).toFixed(1)}" y="${middle + 4}">${digits(spread.median)}</text>`,
  ].join("");
}

/** A round number of which a few reach that far. */
function stepFor(largest: number): number {
  const least = largest > 0 ? largest / TICKS_MAX : 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ROUND_STEPS.find((step) => step * power >= least)!;
}

const tickText = (value: number): string => Number(value.toPrecision(6)).toLocaleString("en");
const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
