/** What both topologies with Render have there. */
import { gigabytes } from "../amounts.ts";
import type { Sku } from "../books/current.ts";
import { cheapest, machineOf, sameFor, type Amount, type Costing, type Demand, type Sizing } from "../costing.ts";
import { above, between, corners, type Corner, type Range } from "../range.ts";

const sizes = ["render.0.5c-512mb", "render.1c-2g", "render.2c-4g", "render.2c-8g", "render.4c-8g", "render.4c-16g"] as const satisfies readonly Sku[];

export interface Instances<Smallest extends Sku> {
  readonly part: { readonly says: string; readonly amounts: Readonly<Record<Smallest, Amount>> };
  readonly sizing: Sizing;
}

/** From the size that is deployed upwards; a smaller one is enough for some, and what nobody should count on. */
export function instances<Smallest extends (typeof sizes)[number]>(smallest: Smallest, { price }: Costing, demand: Demand): Instances<Smallest> {
  const sizing = (corner: Corner): Sizing => cheapest(demand, corner, corner === "least" ? sizes : sizes.slice(sizes.indexOf(smallest)));
  const cost = corners((corner) => {
    const { sku, count } = sizing(corner);
    return count * price(sku)[corner];
  });
  const middle = sizing("middle");
  const { cores, memoryMib } = machineOf(middle.sku);
  const says = `${middle.count} x ${cores} core${cores === 1 ? "" : "s"}, ${memoryMib / 1024} GB`;
  return { part: { says, amounts: sameFor([smallest], { cost }) }, sizing: middle };
}

const INCLUDED_GB = 25;
const INCLUDED_HOBBY_GB = 5;

/** The least is a Hobby workspace, which does not scale by itself. */
export const workspace = (sentGb: Range) => ({
  says: `Pro, ${gigabytes(sentGb.middle)} sent, ${INCLUDED_GB} GB of them included; the least is a Hobby workspace`,
  amounts: {
    "render.workspace": between(0, 1, 1),
    "render.transfer": { ...above(sentGb, INCLUDED_GB), least: above(sentGb, INCLUDED_HOBBY_GB).least },
  },
});

export const transferAllowance = INCLUDED_GB;
