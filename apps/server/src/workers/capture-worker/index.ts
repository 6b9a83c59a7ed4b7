import { verifyBooks, type Advance, type Database, type Doorbell } from "@cooly/engine";
import type { Log } from "@cooly/engine/ports";
import { keepLooking } from "../looks.ts";
import { runPaced, type Role } from "../role.ts";

const PROOF_SECONDS = 300;
const HEARTBEAT_SECONDS = 2;

/** Settles what providers tell by webhook, and keeps proving the books. */
export function createCaptureWorker(parts: { db: Database; advance: Advance; doorbell: Doorbell; log: Log }): Role {
  const { db, advance, log } = parts;
  return {
    name: "capture-worker",
    async run(signal) {
      const prove = async (): Promise<object> => {
        const { violations } = await verifyBooks(db);
        for (const { invariant, rule, count, rows } of violations) log.error("capture-worker.violation", { invariant, rule, count, rows });
        return { violations: violations.length };
      };
      const beat = async (): Promise<object> => (await advance.beat(), {});
      const done = new AbortController();
      const beating = runPaced({ name: "capture-worker.heartbeat", everySeconds: HEARTBEAT_SECONDS, pass: beat }, log, done.signal);
      await Promise.all([
        keepLooking({ name: "capture-worker.hear", bell: "inbox", take: (limit) => advance.hear(limit) }, parts, signal),
        runPaced({ name: "capture-worker", everySeconds: PROOF_SECONDS, pass: prove }, log, signal),
      ]);
      done.abort();
      await beating;
    },
  };
}
