/** Traffic in, bills of all topologies out, with what is full first, which one to take, and where that changes. */
import { current, sellerOf } from "./books/current.ts";
import { crossoversAmong, nearest, type Crossover } from "./crossovers.ts";
import { bindingOf, costOf, priced, type Estimate } from "./estimate.ts";
import { STALE_DAYS, ageInDays, staleLines } from "./price-book.ts";
import { candidates, recommend, type Recommendation } from "./recommend.ts";
import { Traffic, type TrafficInput } from "./traffic.ts";

export interface Plan {
  readonly traffic: Traffic;
  readonly estimates: readonly Estimate[];
  readonly recommendation: Recommendation;
  /** At most two, in order; those of the topologies that the needs leave. */
  readonly crossovers: readonly Crossover[];
  /** Each one has to stand beside every total that is shown. */
  readonly warnings: readonly string[];
}

export function makePlan(input: TrafficInput, today: Date): Plan {
  const traffic = Traffic.parse(input);
  const estimates = priced.map((topology) => ({ topology, ...costOf(topology, traffic), binding: bindingOf(topology, traffic) }));
  return {
    traffic,
    estimates,
    recommendation: recommend(estimates, traffic),
    crossovers: nearest(crossoversAmong(candidates(traffic), traffic), traffic.dailyUsers),
    warnings: staleWarnings(today),
  };
}

/** One for each source whose prices are old: which lines, how old, and where to look. */
export function staleWarnings(today: Date): readonly string[] {
  const bySource = Map.groupBy(staleLines(current, today), ({ source, readOn }) => `${source} ${readOn}`);
  return [...bySource.values()].map((lines) => {
    const { readOn, sku, source } = lines[0]!;
    const names = lines.map((line) => line.sku).join(", ");
    return `The prices of ${sellerOf(sku)} were read on ${readOn}, ${ageInDays(readOn, today)} days ago (more than ${STALE_DAYS}): look at them again before you rely on a total. Lines: ${names}. Source: ${source}.`;
  });
}

/** The same in the one line that a chart has room for; empty where no price is old. */
export function staleNote(today: Date): string {
  const bySeller = Map.groupBy(staleLines(current, today), ({ sku }) => sellerOf(sku));
  const ages = [...bySeller].map(([seller, lines]) => `${seller} ${Math.max(...lines.map(({ readOn }) => ageInDays(readOn, today)))}`);
  return ages.length === 0 ? "" : `* prices, days old: ${ages.join(", ")}`;
}
