/** Charts whose places are shares of the width, so that their words keep their size on a phone. */
import type { Row, StepResult, Users } from "./comparison.ts";
import { digits } from "./figures.ts";
import { sides, type Side } from "./load.ts";

const BAR = 14;
const GAP = 8;
const PAIR = 2 * BAR + GAP + 8;
const WHISKER = 5;

export const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const percent = (share: number): string => `${(Math.max(0, Math.min(1, share)) * 100).toFixed(2)}%`;

/** Two bars on a scale of their own, each with a whisker from the least round to the most. */
export function drawPair(row: Row): string {
  const most = Math.max(row.a.max, row.b.max, Number.MIN_VALUE);
  const says = `${row.says}: a ${digits(row.a.median)} ${row.unit}, b ${digits(row.b.median)} ${row.unit}`;
  const bars = sides.map((side, index) => {
    const { median, min, max } = row[side];
    const middle = 4 + index * (BAR + GAP) + BAR / 2;
    const [from, to] = [percent(min / most), percent(max / most)];
    const cap = (at: string): string => `<line class="whisker" x1="${at}" x2="${at}" y1="${middle - WHISKER}" y2="${middle + WHISKER}"/>`;
    return [
      `<rect class="${side}" x="0" y="${middle - BAR / 2}" width="${percent(median / most)}" height="${BAR}" rx="3"/>`,
      `<line class="whisker" x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>${cap(from)}${cap(to)}`,
    ].join("");
  });
  return `<svg class="pair" role="img" aria-label="${escape(says)}" width="100%" height="${PAIR}" overflow="visible">${bars.join("")}</svg>`;
}

interface Scale {
  readonly x: (users: number) => string;
  readonly y: (ms: number) => number;
}

const HEIGHT = 260;
const TOP = 28;
const BOTTOM = 220;

/** p99 by users at once: a line for each, the target across, and a ring where a step was missed. */
export function drawUsers(users: Readonly<Record<Side, Users>>, targetMs: number): string {
  const all = [...users.a.steps, ...users.b.steps];
  const counts = [...new Set(all.map((step) => step.users))].toSorted((one, other) => one - other);
  if (counts.length === 0) return "";
  const step = roundStep(Math.max(targetMs * 1.1, ...all.map(({ p99 }) => p99)) / 4);
  const ticks = Math.ceil(Math.max(targetMs * 1.1, ...all.map(({ p99 }) => p99)) / step);
  const share = (count: number): number => (counts.length === 1 ? 0.5 : counts.indexOf(count) / (counts.length - 1));
  const scale: Scale = {
    x: (count) => percent(0.04 + 0.92 * share(count)),
    y: (ms) => BOTTOM - ((BOTTOM - TOP) * ms) / (ticks * step),
  };
  const grid = Array.from({ length: ticks + 1 }, (_, tick) => tick * step).map((ms) => {
    const y = scale.y(ms).toFixed(1);
    return `<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="small" x="-8" y="${y}" dy="4" text-anchor="end">${ms.toLocaleString("en")}</text>`;
  });
  const names = counts.map((count) => `<text class="small" x="${scale.x(count)}" y="${BOTTOM + 18}" text-anchor="middle">${count}</text>`);
  const target = scale.y(targetMs).toFixed(1);
  return [
    `<div class="plot"><svg class="users" role="img" aria-label="${escape(describeUsers(users))}" width="100%" height="${HEIGHT}">`,
    ...grid,
    ...names,
    `<line class="target" x1="0" x2="100%" y1="${target}" y2="${target}"/><text class="target-text" x="0" y="${target}" dy="-6">target ${digits(targetMs)} ms</text>`,
    ...sides.map((side) => drawLine(side, users[side].steps, scale)),
    `<text class="small" x="50%" y="${BOTTOM + 36}" text-anchor="middle">users at once</text>`,
    "</svg></div>",
  ].join("");
}

/** A second try stands in place of the first. */
function drawLine(side: Side, steps: readonly StepResult[], { x, y }: Scale): string {
  const last = [...new Map(steps.map((step) => [step.users, step])).values()];
  const lines = last.slice(1).map((step, index) => {
    const before = last[index]!;
    return `<line class="line-${side}" x1="${x(before.users)}" y1="${y(before.p99).toFixed(1)}" x2="${x(step.users)}" y2="${y(step.p99).toFixed(1)}"/>`;
  });
  const points = last.map(({ users, p99, met }) => `<circle class="${met ? side : `missed-${side}`}" cx="${x(users)}" cy="${y(p99).toFixed(1)}" r="5"/>`);
  return [...lines, ...points].join("");
}

const describeUsers = (users: Readonly<Record<Side, Users>>): string =>
  sides.map((side) => `${side}: ${users[side].steps.map((step) => `${digits(step.p99)} ms with ${step.users}`).join(", ") || "nothing"}`).join("; ");

const ROUND_STEPS = [1, 2, 2.5, 5, 10];

/** A round number that is not less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-6)));
  return power * ROUND_STEPS.find((step) => step * power >= least)!;
}

export const chartStyle = `
  svg text { font: 13px system-ui, sans-serif; fill: var(--ink); } svg .small { font-size: 12px; fill: var(--soft); }
  .pair { display: block; } .users { display: block; overflow: visible; } .plot { padding: 0 4px 0 44px; }
  rect.a, circle.a { fill: var(--a); } rect.b, circle.b { fill: var(--b); }
  circle { stroke: var(--card); stroke-width: 2; }
  .missed-a { fill: var(--card); stroke: var(--a); stroke-width: 2.5; } .missed-b { fill: var(--card); stroke: var(--b); stroke-width: 2.5; }
  .line-a { stroke: var(--a); stroke-width: 2; } .line-b { stroke: var(--b); stroke-width: 2; }
  .grid { stroke: var(--line); } .whisker { stroke: var(--ink); stroke-width: 1.5; }
  .target { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 3; } svg .target-text { font-size: 12px; fill: var(--bad); }`;
