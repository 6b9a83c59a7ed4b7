import { keepHouse, sweepOrphans, sweepOverdue, type SweepParts } from "@cooly/engine";
import type { Clock, ObjectStore } from "@cooly/engine/ports";
import { runPaced, type Paced, type Role } from "../role.ts";

// A lease lasts 6 s: with this pace the work of a dead worker is taken up within 10 s.
const OVERDUE_SECONDS = 2;
const HOUSE_SECONDS = 30;
const ORPHANS_SECONDS = 6 * 3600;

/** Puts back on its way whatever is past its deadline. It never decides an outcome by age. */
export function createSessionSweeper(parts: SweepParts & Paced & { store: ObjectStore; clock: Clock }): Role {
  const { db, store, clock } = parts;
  return {
    name: "session-sweeper",
    async run(signal) {
      await Promise.all([
        runPaced({ name: "session-sweeper", everySeconds: OVERDUE_SECONDS, pass: () => sweepOverdue(parts) }, parts, signal),
        runPaced({ name: "session-sweeper.house", everySeconds: HOUSE_SECONDS, pass: () => keepHouse(db, store) }, parts, signal),
        runPaced(
          { name: "session-sweeper.orphans", everySeconds: ORPHANS_SECONDS, pass: async () => ({ removed: await sweepOrphans(db, store, clock.now()) }) },
          parts,
          signal,
        ),
      ]);
    },
  };
}
