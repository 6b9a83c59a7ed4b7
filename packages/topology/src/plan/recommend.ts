/** Which one, and why: the cheapest of those that can carry it and that the needs leave. */
import { money, percent } from "./amounts.ts";
import { priced, type Estimate, type Priced } from "./estimate.ts";
import { needs, type Traffic } from "./traffic.ts";

export interface Recommendation {
  readonly topology: Priced;
  readonly reason: string;
}

export interface RuledOut {
  readonly topology: Priced;
  readonly because: string;
}

export const ruledOutBy = (traffic: Pick<Traffic, "needs">): readonly RuledOut[] =>
  traffic.needs.flatMap((need) => {
    const { rulesOut, because } = needs[need];
    return (rulesOut as readonly Priced[]).map((topology) => ({ topology, because }));
  });

/** Those that the needs leave; all of them where they leave none. */
export function candidates(traffic: Pick<Traffic, "needs">): readonly Priced[] {
  const out = ruledOutBy(traffic).map(({ topology }) => topology);
  const left = priced.filter((topology) => !out.includes(topology));
  return left.length > 0 ? left : priced;
}

export function recommend(estimates: readonly Estimate[], traffic: Traffic): Recommendation {
  const allowed = candidates(traffic);
  const able = estimates.filter(({ topology, unfit }) => allowed.includes(topology) && unfit === null);
  const field = able.length > 0 ? able : estimates.filter(({ topology }) => allowed.includes(topology));
  const [best, ...others] = field.toSorted((one, other) => one.total.middle - other.total.middle);
  return { topology: best!.topology, reason: sentences({ best: best!, others, able: able.length > 0 }, estimates, traffic).join(" ") };
}

interface Choice {
  readonly best: Estimate;
  readonly others: readonly Estimate[];
  readonly able: boolean;
}

function sentences({ best, others, able }: Choice, estimates: readonly Estimate[], traffic: Traffic): string[] {
  const cost = ({ total }: Estimate): string => money(total.middle, traffic.currency);
  const beside = others.map((other) => `${cost(other)} for ${other.topology}`).join(" and ");
  const out = ruledOutBy(traffic);
  const names = new Set(out.map(({ topology }) => topology));
  const all = names.size === priced.length;
  const { load, fullAt } = best.binding;
  return [
    able
      ? `The cheapest that carries this traffic${traffic.needs.length === 0 ? "" : " and meets what was asked for"}: about ${cost(best)} a month${beside === "" ? "" : `, against ${beside}`}.`
      : `None in the price book carries this traffic; ${best.topology} comes nearest.`,
    `What ends first is the ${load.resource} of ${load.of}: ${percent(load.used.middle)} full${fullAt === null ? "" : `, the next size at about ${fullAt.toLocaleString("en")} daily users`}.`,
    ...(all ? ["What was asked for rules out every topology, so nothing was."] : out.map(({ topology, because }) => `Not ${topology}: ${because}.`)),
    ...estimates.flatMap(({ topology, unfit }) => (unfit === null ? [] : [`Not ${topology}: ${unfit}.`])),
  ];
}
