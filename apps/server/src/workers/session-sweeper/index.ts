import { keepHouse, sweepOrphans, sweepOverdue, type Bucket, type OrphanSweep, type SweepParts } from "@cooly/engine";
import type { Log, ObjectStore } from "@cooly/engine/ports";
import { runPaced, type Paced, type Role } from "../role.ts";

// A lease lasts 6 s: with this pace the work of a dead worker is taken up within 10 s.
const OVERDUE_SECONDS = 2;
const HOUSE_SECONDS = 30;
const ORPHANS_SECONDS = 6 * 3600;

export interface SweeperParts extends SweepParts, Paced {
  readonly store: ObjectStore;
  /** What `store` is made of. */
  readonly buckets: readonly Bucket[];
}

/** Puts back on its way whatever is past its deadline. It never decides an outcome by age. */
export function createSessionSweeper(parts: SweeperParts): Role {
  const { db, store } = parts;
  const passOrphans = createOrphanPass(parts);
  return {
    name: "session-sweeper",
    async run(signal) {
      await Promise.all([
        runPaced({ name: "session-sweeper", everySeconds: OVERDUE_SECONDS, pass: () => sweepOverdue(parts) }, parts, signal),
        runPaced({ name: "session-sweeper.house", everySeconds: HOUSE_SECONDS, pass: () => keepHouse(db, store) }, parts, signal),
        runPaced({ name: "session-sweeper.orphans", everySeconds: ORPHANS_SECONDS, pass: passOrphans }, parts, signal),
      ]);
    },
  };
}

/** One bucket after the other: trouble with one is none of the others'. */
export function createOrphanPass({ db, buckets, log }: Pick<SweeperParts, "db" | "buckets" | "log">) {
  const told = new Set<string>();
  return async (): Promise<{ removed: number; uploads: number }> => {
    const total = { removed: 0, uploads: 0 };
    for (const bucket of buckets) {
      try {
        const swept = await sweepOrphans(db, bucket);
        if (swept.outcome === "swept") {
          total.removed += swept.removed;
          total.uploads += swept.uploads;
        } else if (!told.has(bucket.name)) {
          told.add(bucket.name);
          tell(log, bucket, swept);
        }
      } catch (error) {
        log.error("session-sweeper.orphans_failed", { bucket: bucket.name, error });
      }
    }
    return total;
  };
}

const reasons = {
  foreign: "its cooly.json names another installation",
  unreadable: "its cooly.json is no manifest of ours",
  unclaimed: "it has no cooly.json, and nothing in it is known here",
};

function tell(log: Log, { name, claim }: Bucket, { why, owner, installation }: Extract<OrphanSweep, { outcome: "not_ours" }>): void {
  // A fallback that was never ours is as it should be.
  if (why === "unclaimed" && !claim) return log.info("session-sweeper.bucket_left_alone", { bucket: name });
  log.warn("session-sweeper.bucket_not_ours", {
    bucket: name,
    owner,
    installation,
    why: `Nothing is deleted there: ${reasons[why]}.`,
    fix: `Give this installation a bucket of its own. If this one is, put {"installation":"${installation}","made_at":"${new Date().toISOString()}"} into its cooly.json.`,
  });
}
