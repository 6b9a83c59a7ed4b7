/** One rented server, with what belongs to it. */
import type { Sku } from "../books/current.ts";
import { rented } from "../cost-items.ts";
import { allowance, BUSY, cheapest, limit, lineOf, machineOf, sameFor, type Amount, type Costing, type Demand, type Load } from "../costing.ts";
import { above, corners, each, exactly, scaled, type Corner, type Range } from "../range.ts";

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
/** The system, images and logs. */
const SYSTEM_GB = 15;

export interface Server<Smallest extends Sku> {
  /** What is likely. */
  readonly sku: Sku;
  readonly amounts: Readonly<Record<Smallest | "hetzner.ipv4" | "hetzner.backups", Amount>>;
  /** Whether one server carries what is likely. */
  readonly fits: boolean;
  /** Of each corner's server: what may be filled of its disk beside the system. */
  readonly freeGb: Range;
  readonly transferGb: number;
}

/** There is one server, with no less memory than the one that is deployed: where no size is large enough, the largest is counted, and `fits` says so. */
export function serverFor<Smallest extends Sku>(
  smallest: Readonly<Record<"eu" | "us", Smallest>>,
  { traffic, price }: Costing,
  demand: Demand,
): Server<Smallest> {
  const { region } = traffic;
  const least = machineOf(smallest[region]).memoryMib;
  const pick = (corner: Corner): { sku: Sku; fits: boolean } => {
    const able = (sizes[region][corner] as readonly Sku[]).filter((sku) => machineOf(sku).memoryMib >= least);
    const byPrice = able.toSorted((one, other) => lineOf(one).price - lineOf(other).price);
    const enough = byPrice.find((sku) => cheapest(demand, corner, [sku]).count === 1);
    return { sku: enough ?? byPrice.at(-1)!, fits: enough !== undefined };
  };
  const cost = corners((corner) => price(pick(corner).sku)[corner]);
  return {
    ...pick("middle"),
    amounts: {
      ...sameFor(Object.values<Smallest>(smallest), { cost }),
      "hetzner.ipv4": exactly(1),
      "hetzner.backups": { cost: scaled(cost, lineOf("hetzner.backups").price) },
    },
    freeGb: corners((corner) => machineOf(pick(corner).sku).diskGb * BUSY.disk - SYSTEM_GB),
    transferGb: INCLUDED_GB[region],
  };
}

/** What leaves a server, wherever it stands. */
export const sent = (sentGb: Range, { transferGb }: Pick<Server<Sku>, "transferGb">) => sameFor(Object.values(rented.transfer), above(sentGb, transferGb));

/** A full disk ends it; beyond that there is a volume, and only a bill. */
export function diskOf(name: string, { sku, freeGb }: Pick<Server<Sku>, "sku" | "freeGb">, { keptGb, kind }: { keptGb: Range; kind: string }): Load {
  const used = each(keptGb, (gb) => gb + SYSTEM_GB);
  const whole = freeGb.middle + SYSTEM_GB;
  return used.middle <= whole ? limit("disk", name, { used, whole, size: `${sku} ${kind}` }) : allowance("disk", name, { used, whole });
}
