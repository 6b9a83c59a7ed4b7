/** Where one topology becomes cheaper than another, or can no longer do it. */
import { between, costOf, grow, PEOPLE_MAX, priced, type Priced } from "./estimate.ts";
import type { Traffic } from "./traffic.ts";

export interface Crossover {
  /** From this many daily users on. */
  readonly dailyUsers: number;
  readonly from: Priced;
  readonly to: Priced;
  /** `cheaper`: the likely costs cross. `necessary`: the one before cannot carry it. */
  readonly kind: "cheaper" | "necessary";
  /** Whether it is there that another one is the one to take; else it is between two that are not. */
  readonly decides: boolean;
}

type Costs = Readonly<Record<Priced, { readonly cost: number; readonly fits: boolean }>>;

/** The likely costs of all topologies at any number of people, each reckoned once. */
export function costsBy(traffic: Traffic): (dailyUsers: number) => Costs {
  const known = new Map<number, Costs>();
  return (dailyUsers) => {
    const found = known.get(dailyUsers) ?? reckon({ ...traffic, dailyUsers });
    known.set(dailyUsers, found);
    return found;
  };
}

const reckon = (traffic: Traffic): Costs =>
  Object.fromEntries(
    priced.map((topology) => {
      const { total, unfit } = costOf(topology, traffic);
      return [topology, { cost: total.middle, fits: unfit === null }];
    }),
  ) as unknown as Costs;

/** All of them among these topologies, in order of the people they come with. */
export function crossoversAmong(topologies: readonly Priced[], traffic: Traffic): readonly Crossover[] {
  const costs = costsBy(traffic);
  const pairs = topologies.flatMap((from) => topologies.filter((to) => to !== from).map((to) => ({ from, to })));
  const found: Crossover[] = [];
  for (let people = 1; people < PEOPLE_MAX; people = grow(people)) {
    const [before, after] = [costs(people), costs(grow(people))];
    for (const pair of pairs) {
      const kind = kindOf({ before, after, among: topologies }, pair);
      if (kind === null) continue;
      const holds = (dailyUsers: number): boolean => happened[kind](costs(dailyUsers), pair);
      const dailyUsers = between(holds, people, grow(people));
      const best = (at: number): Priced | undefined => bestOf(topologies, costs(at));
      found.push({ dailyUsers, ...pair, kind, decides: best(dailyUsers - 1) === pair.from && best(dailyUsers) === pair.to });
    }
  }
  return found;
}

const bestOf = (topologies: readonly Priced[], costs: Costs): Priced | undefined =>
  topologies.filter((topology) => costs[topology].fits).toSorted((one, other) => costs[one].cost - costs[other].cost)[0];

interface Pair {
  readonly from: Priced;
  readonly to: Priced;
}

const happened: Record<Crossover["kind"], (costs: Costs, pair: Pair) => boolean> = {
  necessary: (costs, { from }) => !costs[from].fits,
  cheaper: (costs, { from, to }) => costs[to].cost < costs[from].cost,
};

function kindOf({ before, after, among }: { before: Costs; after: Costs; among: readonly Priced[] }, pair: Pair): Crossover["kind"] | null {
  const { from, to } = pair;
  if (!before[from].fits || !after[to].fits) return null;
  // Who has to go goes to whoever is cheapest then.
  if (!after[from].fits) return among.every((other) => !after[other].fits || after[to].cost <= after[other].cost) ? "necessary" : null;
  return !happened.cheaper(before, pair) && happened.cheaper(after, pair) ? "cheaper" : null;
}

/** Two: those that decide before the others, the nearer before the farther, counted in times as many people. */
export function nearest(crossovers: readonly Crossover[], dailyUsers: number): readonly Crossover[] {
  const far = (crossover: Crossover): number => Math.abs(Math.log(crossover.dailyUsers / dailyUsers));
  return crossovers
    .toSorted((one, other) => Number(other.decides) - Number(one.decides) || far(one) - far(other))
    .slice(0, 2)
    .toSorted((one, other) => one.dailyUsers - other.dailyUsers);
}
