/** Media in a bucket of Backblaze B2. */
import type { Component, Costing } from "../costing.ts";
import { above, plus, scaled, times, type Range } from "../range.ts";
import { gigabytes } from "../amounts.ts";

const FREE_TIMES_STORED = 3;

export function bucketCost({ price, workload }: Pick<Costing, "price" | "workload">): Range {
  const beyond = above(workload.viewedGb, scaled(workload.storedGb, FREE_TIMES_STORED));
  return plus(times(workload.storedGb, price("b2.stored")), times(beyond, price("b2.transfer")));
}

export const bucket = (costing: Costing): Component => ({
  name: "Media",
  on: "Backblaze B2",
  cost: bucketCost(costing),
  says: `${gigabytes(costing.workload.storedGb.middle)} kept, ${gigabytes(costing.workload.viewedGb.middle)} looked at`,
});
