/** A plan for people: lines of plain text, and tables for pages. */
import { gigabytes, money, moneyRange, people, percent } from "./amounts.ts";
import type { Load } from "./costing.ts";
import type { Crossover } from "./crossovers.ts";
import type { Estimate } from "./estimate.ts";
import { nameTier, type GuidePlan } from "./guide-plan.ts";
import type { Plan } from "./plan.ts";
import { kinds, type Currency, type Traffic } from "./traffic.ts";
import { workloadOf } from "./workload.ts";

const MARK = "*";
/** Beside every total, where prices are old. */
export const markOf = ({ warnings }: Pick<Plan, "warnings">): string => (warnings.length > 0 ? MARK : "");

export function describePlan(plan: Plan): readonly string[] {
  const { traffic, estimates, recommendation, warnings } = plan;
  const mark = markOf(plan);
  return [
    describeTraffic(traffic),
    "",
    ...warnings.map((warning) => `${MARK} ${warning}`),
    ...(warnings.length > 0 ? [""] : []),
    ...estimates.flatMap((estimate) => [...describeEstimate(estimate, traffic.currency, mark), ""]),
    `Take ${recommendation.topology}. ${recommendation.reason}`,
    ...describeCrossovers(plan),
    "Each figure is the likely one, with the least and the most in brackets; before taxes.",
  ];
}

export function describeTraffic(traffic: Traffic): string {
  const outputs = traffic.dailyUsers * traffic.generationsPerUser * traffic.outputsPerGeneration;
  const made = kinds.filter((kind) => traffic.shares[kind] > 0).map((kind) => `${kind} of ${traffic.sizes[kind]} MB`);
  const { storedGb } = workloadOf(traffic);
  return `${people(traffic.dailyUsers)} people a day, ${people(Math.round(outputs))} outputs (${made.join(", ")}), kept ${traffic.retentionDays} days: ${gigabytes(storedGb.middle)} in month ${traffic.months}`;
}

function describeEstimate({ topology, components, total, binding, loads, unfit }: Estimate, currency: Currency, mark: string): string[] {
  const rows = components.map(({ name, on, cost, says }) => [name, on, `${money(cost.middle, currency)} (${moneyRange(cost, currency)})`, says]);
  const billed = loads.filter(({ hard, used }) => !hard && used.middle > 1);
  const next = binding.fullAt === null ? "" : `, the next size at about ${people(binding.fullAt)} daily users`;
  return [
    `${topology.padEnd(9)} about ${money(total.middle, currency)}${mark} a month (${moneyRange(total, currency)})`,
    ...columns(rows).map((row) => `  ${row}`),
    `  ends first: ${describeLoad(binding.load)}${next}`,
    ...(billed.length > 0 ? [`  billed beyond what is included: ${billed.map(describeLoad).join("; ")}`] : []),
    ...(unfit === null ? [] : [`  cannot carry it: ${unfit}`]),
  ];
}

export const describeLoad = ({ resource, of, used }: Load): string => `${resource} of ${of}, ${percent(used.middle)}`;

export function describeCrossovers({ crossovers, traffic }: Pick<Plan, "crossovers" | "traffic">): string[] {
  if (crossovers.length === 0) return [`From 1 to ten million daily users no other topology becomes cheaper than the one before, all else being equal.`];
  return crossovers.map((crossover) => describeCrossover(crossover, traffic.dailyUsers));
}

function describeCrossover({ dailyUsers, from, to, kind, decides }: Crossover, now: number): string {
  const where = `From ${people(dailyUsers)} daily users on${dailyUsers <= now ? " (that is behind you)" : ""}`;
  if (kind === "cheaper") return `${where}, ${to} is cheaper than ${from}${decides ? "" : ", and another is cheaper than both"}.`;
  return `${where}, ${from} cannot carry it any more${decides ? `, and ${to} becomes necessary` : ""}.`;
}

export function describeGuidePlan(plan: GuidePlan): readonly string[] {
  const { tier, estimates, reason, crossovers, disagreements, warnings } = plan;
  return [
    `${people(plan.dailyUsers)} daily users, by the prices of the deployment options guide for ${nameTier(tier)}`,
    "",
    ...warnings.map((warning) => `${MARK} ${warning}`),
    "",
    ...estimates.flatMap(({ topology, total, orMore, components }) => [
      `${topology.padEnd(9)} $${total}${orMore ? "+" : ""}${MARK} a month`,
      ...columns(components.map(({ name, on, price }) => [name, on, `$${price}`])).map((row) => `  ${row}`),
    ]),
    "",
    `Take ${plan.recommended}. ${reason}`,
    ...crossovers.map(({ dailyUsers, from, to }) => `From ${people(dailyUsers)} daily users on its mark goes from ${from} to ${to}.`),
    "",
    "Where the guide disagrees with itself:",
    ...disagreements.map((sentence) => `  ${sentence}`),
  ];
}

/** Cells under each other, the last as it is. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]!.length)));
  return rows.map((row) => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join("  "));
}

/** A table in Markdown: one row for each part, one column for each topology. */
export function tableOf(plan: Plan): string {
  const { currency } = plan.traffic;
  const cost = (estimate: Estimate): string => `**${money(estimate.total.middle, currency)}**${markOf(plan)} (${moneyRange(estimate.total, currency)})`;
  const parts = (estimate: Estimate): string =>
    estimate.components.map(({ name, on, cost: part }) => `${name} (${on}) ${money(part.middle, currency)}`).join("<br>");
  const row = (name: string, cell: (estimate: Estimate) => string): string => `| ${name} | ${plan.estimates.map(cell).join(" | ")} |`;
  return [
    `| ${people(plan.traffic.dailyUsers)} daily users | ${plan.estimates.map(({ topology }) => topology).join(" | ")} |`,
    `|---|${plan.estimates.map(() => "---").join("|")}|`,
    row("a month", cost),
    row("made of", parts),
    row("ends first", ({ binding }) => describeLoad(binding.load)),
    row("which is full at", ({ binding }) => (binding.fullAt === null ? "never" : `${people(binding.fullAt)} daily users`)),
  ].join("\n");
}
