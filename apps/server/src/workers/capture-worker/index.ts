import { verifyBooks, type Database } from "@cooly/engine";
import type { Log } from "@cooly/engine/ports";
import { runPaced, type Role } from "../role.ts";

const PROOF_SECONDS = 300;

/** Keeps proving the books. Verdicts that no gen worker is there to record are settled by it too, as providers bring them. */
export function createCaptureWorker({ db, log }: { db: Database; log: Log }): Role {
  return {
    name: "capture-worker",
    async run(signal) {
      const pass = async (): Promise<object> => {
        const { violations } = await verifyBooks(db);
        for (const { invariant, rule, count, rows } of violations) log.error("capture-worker.violation", { invariant, rule, count, rows });
        return { violations: violations.length };
      };
      await runPaced({ name: "capture-worker", everySeconds: PROOF_SECONDS, pass }, log, signal);
    },
  };
}
