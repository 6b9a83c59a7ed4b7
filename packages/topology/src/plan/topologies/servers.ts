/** One rented server, with what belongs to it. */
import type { Sku } from "../books/current.ts";
import { BUSY, cheapest, lineOf, machineOf, type Costing, type Demand } from "../costing.ts";
import { corners, type Corner, type Range } from "../range.ts";

// Cheap sizes that are often sold out count for the least alone.
const sizes = {
  eu: {
    least: ["hetzner.cx23", "hetzner.cx33", "hetzner.cx43", "hetzner.cx53", "hetzner.cpx22", "hetzner.cpx32", "hetzner.cpx42"],
    middle: ["hetzner.cpx22", "hetzner.cpx32", "hetzner.cpx42"],
    most: ["hetzner.cpx22", "hetzner.cpx32", "hetzner.cpx42"],
  },
  us: {
    least: ["vultr.2c-4g", "vultr.4c-8g"],
    middle: ["vultr.2c-4g", "vultr.4c-8g"],
    most: ["vultr.2c-4g", "digitalocean.4c-8g"],
  },
} as const satisfies Record<"eu" | "us", Record<Corner, readonly Sku[]>>;

const INCLUDED_GB = { eu: 20_000, us: 4_000 } as const;

export interface Server {
  /** What is likely. */
  readonly sku: Sku;
  readonly cost: Range;
  /** Whether one server carries what is likely. */
  readonly fits: boolean;
  readonly host: string;
  /** Of each corner's server: what may be filled of its disk. */
  readonly diskGb: Range;
  readonly transferGb: number;
}

/** There is one server: where no size is large enough, the largest is counted, and `fits` says so. */
export function serverFor({ traffic, price }: Costing, demand: Demand, leastMemoryMib: number): Server {
  const { region } = traffic;
  const pick = (corner: Corner): { sku: Sku; fits: boolean } => {
    const able = (sizes[region][corner] as readonly Sku[]).filter((sku) => machineOf(sku).memoryMib >= leastMemoryMib);
    const byPrice = able.toSorted((one, other) => lineOf(one).price - lineOf(other).price);
    const enough = byPrice.find((sku) => cheapest(demand, corner, [sku]).count === 1);
    return { sku: enough ?? byPrice.at(-1)!, fits: enough !== undefined };
  };
  const rent = (corner: Corner): number => {
    const server = price(pick(corner).sku)[corner];
    return region === "eu" ? server * (1 + lineOf("hetzner.backups").price) + price("hetzner.ipv4")[corner] : server;
  };
  return {
    ...pick("middle"),
    cost: corners(rent),
    host: region === "eu" ? "Hetzner" : "Vultr",
    diskGb: corners((corner) => machineOf(pick(corner).sku).diskGb * BUSY.disk),
    transferGb: INCLUDED_GB[region],
  };
}
