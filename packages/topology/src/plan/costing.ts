/** What a topology's bill is made of, and what its parts are loaded with. */
import { current, sellerOf, type Sku } from "./books/current.ts";
import { rented, type CostItem, type Priced } from "./cost-items.ts";
import { of } from "./measured.ts";
import type { Machine, PriceLine } from "./price-book.ts";
import { corners, exactly, plus, scaled, times, type Corner, type Range } from "./range.ts";
import type { Currency, Traffic } from "./traffic.ts";
import type { Workload } from "./workload.ts";

export interface Component {
  readonly name: string;
  /** Whose bill it is on. */
  readonly on: string;
  readonly cost: Range;
  readonly says: string;
}

export const resources = ["processors", "memory", "disk", "connections", "transfer", "commands"] as const;
export type Resource = (typeof resources)[number];

/** How full a part is: 1 is where the next size begins, or the next bill. */
export interface Load {
  readonly resource: Resource;
  readonly of: string;
  readonly used: Range;
  /** Changes where the part becomes another one. */
  readonly size: string;
  /** Whether it ends there; else only a bill begins. */
  readonly hard: boolean;
}

export interface Bill {
  readonly components: readonly Component[];
  readonly loads: readonly Load[];
  /** Why this topology cannot carry it, whatever it costs; null where it can. */
  readonly unfit: string | null;
}

export interface Costing {
  readonly traffic: Traffic;
  readonly workload: Workload;
  /** Of one unit, in the currency of the answer. */
  price(sku: Sku): Range;
}

const lines: ReadonlyMap<string, PriceLine> = new Map(current.map((line) => [line.sku, line]));
export const lineOf = (sku: Sku): PriceLine => lines.get(sku)!;
export const machineOf = (sku: Sku): Machine => lineOf(sku).machine!;

export function priceIn(currency: Currency): (sku: Sku) => Range {
  const dollars = of("dollarsForEuro");
  return (sku) => {
    const { price, currency: written } = lineOf(sku);
    if (written === currency) return exactly(price);
    // A strong euro makes dollars cheap, and the other way round.
    return written === "EUR"
      ? corners((corner) => price * dollars[corner])
      : { least: price / dollars.most, middle: price / dollars.middle, most: price / dollars.least };
  };
}

/** A machine is never planned to be full: work comes in bursts, and memory has peaks. */
export const BUSY = { cores: 0.7, memory: 0.8, disk: 0.8 } as const;

export interface Demand {
  readonly cores: Range;
  readonly memoryMib: Range;
}

export interface Sizing {
  readonly sku: Sku;
  readonly count: number;
}

/** How many of a machine carry this corner of a demand. */
const countOf = ({ cores, memoryMib }: Demand, corner: Corner, machine: Machine): number =>
  Math.max(1, Math.ceil(cores[corner] / (machine.cores * BUSY.cores)), Math.ceil(memoryMib[corner] / (machine.memoryMib * BUSY.memory)));

/** The cheapest machines that carry it, several of a kind where that is cheaper. More demand never costs less: each choice only grows. */
export function cheapest(demand: Demand, corner: Corner, skus: readonly Sku[]): Sizing {
  const sizings = skus.map((sku) => ({ sku, count: countOf(demand, corner, machineOf(sku)) }));
  return sizings.reduce((best, next) => (next.count * lineOf(next.sku).price < best.count * lineOf(best.sku).price ? next : best));
}

/** How full the machines of a sizing are. */
export function loadsOf(name: string, demand: Demand, sizing: Sizing): readonly Load[] {
  const { cores, memoryMib } = machineOf(sizing.sku);
  const size = `${sizing.count} of ${sizing.sku}`;
  return [
    { resource: "processors", of: name, used: share(demand.cores, cores * BUSY.cores * sizing.count), size, hard: true },
    { resource: "memory", of: name, used: share(demand.memoryMib, memoryMib * BUSY.memory * sizing.count), size, hard: true },
  ];
}

/** Something that ends: a disk, a number of sessions. */
export const limit = (resource: Resource, name: string, { used, whole, size = "" }: { used: Range; whole: number; size?: string }): Load => ({
  resource,
  of: name,
  used: share(used, whole),
  size,
  hard: true,
});

/** Something that is paid for beyond what is included. */
export const allowance = (resource: Resource, name: string, { used, whole }: { used: Range; whole: number }): Load => ({
  resource,
  of: name,
  used: share(used, whole),
  size: "",
  hard: false,
});

/** Units of a line; or what it comes to, where another size than the line's is taken. */
export type Amount = Range | { readonly cost: Range };

/** How much of every line that a topology may list. A line without an amount is an error of types, and so is an amount without a line. */
export type Parts<Topology extends Priced> = {
  readonly [Part in CostItem<Topology>["part"]]: {
    readonly says: string;
    readonly amounts: { readonly [Line in Extract<CostItem<Topology>, { part: Part }>["sku"]]: Amount };
  };
};

export const sameFor = <Line extends Sku>(lines: readonly Line[], amount: Amount): Readonly<Record<Line, Amount>> =>
  Object.fromEntries(lines.map((sku) => [sku, amount])) as Record<Line, Amount>;

/** The parts of a bill: those of the items, and nothing else. */
export function componentsOf<Topology extends Priced>(
  { price, traffic }: Pick<Costing, "price" | "traffic">,
  items: readonly CostItem<Topology>[],
  parts: Parts<Topology>,
): readonly Component[] {
  const costOf = (item: CostItem<Topology>): Range => {
    const amount = (parts[item.part as keyof typeof parts].amounts as Partial<Record<Sku, Amount>>)[item.sku]!;
    return "cost" in amount ? amount.cost : times(amount, price(item.sku));
  };
  return [...Map.groupBy(items, ({ part }) => part)].map(([part, own]) => {
    const sellers = own.map(({ host, sku }) => sellerOf(host === "vps" ? rented.transfer[traffic.region] : sku));
    const on = [...new Set(sellers)].toSorted().join(", ");
    return { name: part, on, cost: plus(...own.map(costOf)), says: parts[part as keyof typeof parts].says };
  });
}

const share = (range: Range, whole: number): Range => scaled(range, 1 / whole);

export const totalOf = (components: readonly Component[]): Range => plus(...components.map(({ cost }) => cost));
