/** What a topology costs at some traffic, and what is full first as that grows. */
import { costItems, type Priced } from "./cost-items.ts";
import { priceIn, totalOf, type Bill, type Component, type Costing, type Load } from "./costing.ts";
import type { Range } from "./range.ts";
import { hybrid } from "./topologies/hybrid.ts";
import { managed } from "./topologies/managed.ts";
import { vps } from "./topologies/vps.ts";
import type { Traffic } from "./traffic.ts";
import { workloadOf } from "./workload.ts";

export type { Priced };
export const priced = Object.keys(costItems) as readonly Priced[];

export const PEOPLE_MAX = 10_000_000;

const bills: Record<Priced, (costing: Costing) => Bill> = { managed, vps, hybrid };

export interface Priceable {
  readonly components: readonly Component[];
  readonly total: Range;
  readonly loads: readonly Load[];
  readonly unfit: string | null;
}

export function costOf(topology: Priced, traffic: Traffic): Priceable {
  const bill = bills[topology]({ traffic, workload: workloadOf(traffic), price: priceIn(traffic.currency) });
  return { ...bill, total: totalOf(bill.components) };
}

export interface Binding {
  readonly load: Load;
  /** How many daily users fill it, all else being equal; null where they never do. */
  readonly fullAt: number | null;
}

export interface Estimate extends Priceable {
  readonly topology: Priced;
  readonly binding: Binding;
}

/** The part that ends first when people come. What is only billed beyond an allowance does not end. */
export function bindingOf(topology: Priced, traffic: Traffic): Binding {
  const at = (dailyUsers: number): readonly Load[] => costOf(topology, { ...traffic, dailyUsers }).loads;
  const now = at(traffic.dailyUsers).filter(({ hard }) => hard);
  const full = (load: Load) => (dailyUsers: number) => {
    const then = at(dailyUsers).find((other) => other.resource === load.resource && other.of === load.of);
    return then === undefined || then.size !== load.size || then.used.middle >= 1;
  };
  const found = now.map((load) => ({ load, fullAt: firstWhere(full(load), traffic.dailyUsers) }));
  const first = Math.min(...found.map(({ fullAt }) => fullAt ?? PEOPLE_MAX));
  // Parts of one machine give way together; the fullest of them just before is the cause.
  const before = new Map(at(Math.max(traffic.dailyUsers, first - 1)).map((load) => [`${load.resource} ${load.of}`, load.used.middle]));
  const fullness = ({ load }: Binding): number => before.get(`${load.resource} ${load.of}`) ?? 0;
  const causes = found.filter(({ fullAt }) => (fullAt ?? PEOPLE_MAX) === first);
  return causes.toSorted((one, other) => fullness(other) - fullness(one))[0]!;
}

const STEP = 1.25;

/** The least number of people from which it holds; it may only begin to hold, not stop. */
export function firstWhere(holds: (dailyUsers: number) => boolean, from: number): number | null {
  if (holds(from)) return from;
  let before = from;
  for (let people = grow(from); before < PEOPLE_MAX; people = grow(people)) {
    if (holds(people)) return between(holds, before, people);
    before = people;
  }
  return null;
}

export const grow = (people: number): number => Math.min(PEOPLE_MAX, Math.max(people + 1, Math.round(people * STEP)));

/** It does not hold at the first, and holds at the second: the first whole number where it does. */
export function between(holds: (dailyUsers: number) => boolean, without: number, within: number): number {
  let [low, high] = [Math.floor(without), within];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
