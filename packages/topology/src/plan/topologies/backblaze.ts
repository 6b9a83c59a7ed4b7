/** Media in a bucket of Backblaze B2. */
import { gigabytes } from "../amounts.ts";
import { above, scaled, type Range } from "../range.ts";
import type { Workload } from "../workload.ts";

const FREE_TIMES_STORED = 3;

/** What is looked at beyond what is free. */
export const bucketSentGb = ({ viewedGb, storedGb }: Workload): Range => above(viewedGb, scaled(storedGb, FREE_TIMES_STORED));

export const bucket = (workload: Workload) => ({
  says: `${gigabytes(workload.storedGb.middle)} kept, ${gigabytes(workload.viewedGb.middle)} looked at`,
  amounts: { "b2.stored": workload.storedGb, "b2.transfer": bucketSentGb(workload) },
});
