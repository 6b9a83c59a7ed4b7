/** What both topologies with Render have there. */
import type { Sku } from "../books/current.ts";
import { cheapest, machineOf, type Component, type Costing, type Demand, type Sizing } from "../costing.ts";
import { gigabytes } from "../amounts.ts";
import { above, corners, plus, smaller, times, type Corner, type Range } from "../range.ts";

const usual = ["render.1c-2g", "render.2c-4g", "render.2c-8g", "render.4c-8g", "render.4c-16g"] as const satisfies readonly Sku[];
const small = "render.0.5c-512mb";

/** A small instance is enough for some, and what nobody should count on. */
const choices = (corner: Corner, careful: boolean): readonly Sku[] => (careful && corner !== "least" ? usual : [small, ...usual]);

export interface Instances {
  readonly component: Component;
  readonly sizing: Sizing;
}

export function instances({ price }: Costing, { name, demand, careful }: { name: string; demand: Demand; careful: boolean }): Instances {
  const sizing = (corner: Corner): Sizing => cheapest(demand, corner, choices(corner, careful));
  const cost = corners((corner) => {
    const { sku, count } = sizing(corner);
    return count * price(sku)[corner];
  });
  const middle = sizing("middle");
  const { cores, memoryMib } = machineOf(middle.sku);
  const says = `${middle.count} x ${cores} core${cores === 1 ? "" : "s"}, ${memoryMib / 1024} GB`;
  return { component: { name, on: "Render", cost, says }, sizing: middle };
}

const INCLUDED_GB = 25;
const INCLUDED_HOBBY_GB = 5;

/** The least is a Hobby workspace, which does not scale by itself. */
export function workspace({ price }: Costing, sentGb: Range): Component {
  const transfer = price("render.transfer");
  const pro = plus(price("render.workspace"), times(above(sentGb, INCLUDED_GB), transfer));
  const hobby = times(above(sentGb, INCLUDED_HOBBY_GB), transfer);
  return {
    name: "Workspace and transfer",
    on: "Render",
    cost: { ...pro, least: smaller(pro, hobby).least },
    says: `Pro, ${gigabytes(sentGb.middle)} sent, ${INCLUDED_GB} GB of them included; the least is a Hobby workspace`,
  };
}

export const transferAllowance = INCLUDED_GB;
