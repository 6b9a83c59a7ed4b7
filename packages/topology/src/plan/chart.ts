/** What each topology costs by daily users: a line for the likely cost, a band from the least to the most, on two logarithmic axes. */
import { money, people } from "./amounts.ts";
import { costOf, PEOPLE_MAX, priced, type Priced } from "./estimate.ts";
import type { Range } from "./range.ts";
import type { Currency, Traffic } from "./traffic.ts";

export interface ChartPoint {
  readonly dailyUsers: number;
  readonly cost: Range;
}

export interface ChartLine {
  readonly topology: Priced;
  /** Ends where the topology cannot carry more. */
  readonly points: readonly ChartPoint[];
}

export interface CostChart {
  readonly currency: Currency;
  readonly now: number;
  readonly lines: readonly ChartLine[];
}

const POINTS = 48;
const SPAN = 100;
const LEAST_COST = 1;

export function chartOf(traffic: Traffic): CostChart {
  const from = Math.max(1, traffic.dailyUsers / SPAN);
  const to = Math.min(PEOPLE_MAX, traffic.dailyUsers * SPAN);
  const steps = Array.from({ length: POINTS + 1 }, (_, index) => Math.round(from * (to / from) ** (index / POINTS)));
  const all = [...new Set([...steps, traffic.dailyUsers])].toSorted((one, other) => one - other);
  const lines = priced.map((topology) => {
    const points = all.map((dailyUsers) => ({ dailyUsers, ...costOf(topology, { ...traffic, dailyUsers }) }));
    return { topology, points: points.filter(({ unfit }) => unfit === null).map(({ dailyUsers, total }) => ({ dailyUsers, cost: total })) };
  });
  return { currency: traffic.currency, now: traffic.dailyUsers, lines };
}

export const CHART = { width: 760, height: 420, left: 64, right: 96, top: 44, bottom: 52 } as const;

export interface Placed {
  readonly x: (dailyUsers: number) => number;
  readonly y: (cost: number) => number;
  readonly people: readonly number[];
  readonly costs: readonly number[];
}

/** Where things lie, for whoever draws it. */
export function placesOf({ lines, now }: CostChart): Placed {
  const points = lines.flatMap(({ points: some }) => some);
  const [left, right] = ends([now, ...points.map(({ dailyUsers }) => dailyUsers)]);
  const [low, high] = ends([LEAST_COST * 10, ...points.flatMap(({ cost }) => [Math.max(LEAST_COST, cost.least), cost.most])]);
  const scale = (from: number, to: number, places: readonly [number, number]) => (value: number) =>
    places[0] + ((Math.log(Math.max(value, LEAST_COST)) - Math.log(from)) / Math.max(1e-9, Math.log(to) - Math.log(from))) * (places[1] - places[0]);
  return {
    x: scale(left, right, [CHART.left, CHART.width - CHART.right]),
    y: scale(low, high, [CHART.height - CHART.bottom, CHART.top]),
    people: ticks(left, right, [1]),
    costs: ticks(low, high, [1, 3]),
  };
}

const ends = (values: readonly number[]): readonly [number, number] => [Math.min(...values), Math.max(...values)];

function ticks(from: number, to: number, firsts: readonly number[]): number[] {
  const powers = Array.from({ length: 14 }, (_, power) => 10 ** power);
  return powers.flatMap((power) => firsts.map((first) => first * power)).filter((value) => value >= from && value <= to);
}

const fixed = (value: number): string => value.toFixed(1);

export function pathsOf({ points }: ChartLine, { x, y }: Pick<Placed, "x" | "y">): { line: string; band: string } {
  const place = (corner: keyof Range) => (point: ChartPoint) => `${fixed(x(point.dailyUsers))} ${fixed(y(point.cost[corner]))}`;
  if (points.length === 0) return { line: "", band: "" };
  return {
    line: `M${points.map(place("middle")).join("L")}`,
    band: `M${points.map(place("most")).join("L")}L${points.toReversed().map(place("least")).join("L")}Z`,
  };
}

const APART = 16;

export interface ChartLabel {
  readonly topology: Priced;
  readonly x: number;
  readonly y: number;
}

/** Where names stand at the ends of lines, apart from each other. */
export function labelsOf({ lines }: CostChart, { x, y }: Pick<Placed, "x" | "y">): readonly ChartLabel[] {
  const end = Math.max(...lines.flatMap(({ points }) => points.map(({ dailyUsers }) => dailyUsers)));
  const ended = lines.flatMap(({ topology, points }) => {
    const last = points.at(-1);
    // Beside one that ends early, the others go on, and upwards: its name stands above them.
    return last ? [{ topology, x: x(last.dailyUsers) + 8, y: y(last.cost.middle) + (last.dailyUsers < end ? -30 : 4) }] : [];
  });
  return ended
    .toSorted((one, other) => one.y - other.y)
    .reduce<ChartLabel[]>((done, next) => {
      const above = done.findLast((other) => other.x === next.x);
      return [...done, above && next.y - above.y < APART ? { ...next, y: above.y + APART } : next];
    }, []);
}

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
  .title { font-size: 15px; font-weight: 600; } .small { font-size: 11px; fill: #57606a; } .grid { stroke: #d0d7de; } .line { fill: none; stroke-width: 2; } .band { opacity: 0.14; stroke: none; }
  .managed { stroke: #8250df; fill: #8250df; } .vps { stroke: #0969da; fill: #0969da; } .hybrid { stroke: #bc4c00; fill: #bc4c00; }
  .line.managed, .line.vps, .line.hybrid { fill: none; } text.managed, text.vps, text.hybrid { stroke: #ffffff; }
  .now { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 5 3; } .now-text { font-size: 11px; fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text, text.managed, text.vps, text.hybrid { stroke: #0d1117; } text { fill: #e6edf3; } .small { fill: #8d96a0; } .grid { stroke: #30363d; } .band { opacity: 0.22; }
    .managed { stroke: #a371f7; fill: #a371f7; } .vps { stroke: #4493f8; fill: #4493f8; } .hybrid { stroke: #f0883e; fill: #f0883e; }
    .now { stroke: #f85149; } .now-text { fill: #f85149; }
  }`;

export interface ChartWords {
  readonly title: string;
  /** Under the axis, such as the warning about prices. */
  readonly note: string;
}

export function drawCostChart(chart: CostChart, { title, note }: ChartWords): string {
  const places = placesOf(chart);
  const [bottom, right] = [CHART.height - CHART.bottom, CHART.width - CHART.right];
  const at = fixed(places.x(chart.now));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${CHART.width} ${CHART.height}" role="img" aria-label="${escape(title)}"><style>${style}</style>`,
    `<text class="title" x="0" y="18">${escape(title)}</text>`,
    ...places.people.map(
      (value) =>
        `<line class="grid" x1="${fixed(places.x(value))}" y1="${CHART.top}" x2="${fixed(places.x(value))}" y2="${bottom}"/><text class="small" x="${fixed(places.x(value))}" y="${bottom + 16}" text-anchor="middle">${people(value)}</text>`,
    ),
    ...places.costs.map(
      (value) =>
        `<line class="grid" x1="${CHART.left}" y1="${fixed(places.y(value))}" x2="${right}" y2="${fixed(places.y(value))}"/><text class="small" x="${CHART.left - 8}" y="${fixed(places.y(value) + 4)}" text-anchor="end">${money(value, chart.currency)}</text>`,
    ),
    ...chart.lines.map((line) => `<path class="band ${line.topology}" d="${pathsOf(line, places).band}"/>`),
    ...chart.lines.map((line) => `<path class="line ${line.topology}" d="${pathsOf(line, places).line}"/>`),
    ...labelsOf(chart, places).map(({ topology, x, y }) => `<text class="${topology}" x="${fixed(x)}" y="${fixed(y)}">${topology}</text>`),
    `<line class="now" x1="${at}" y1="${CHART.top}" x2="${at}" y2="${bottom}"/><text class="now-text" x="${at}" y="${CHART.top - 6}" text-anchor="middle">${people(chart.now)} daily users</text>`,
    `<text class="small" x="${(CHART.left + right) / 2}" y="${bottom + 32}" text-anchor="middle">daily users; line: likely cost a month, band: least to most</text>`,
    `<text class="small" x="${CHART.width / 2}" y="${bottom + 47}" text-anchor="middle">${escape(note)}</text>`,
    "</svg>\n",
  ].join("\n");
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
