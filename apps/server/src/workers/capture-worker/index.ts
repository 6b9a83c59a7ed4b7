import { proveChanged, proveWhole, type Advance, type Database, type Doorbell, type Violation } from "@cooly/engine";
import { keepLooking } from "../looks.ts";
import { runPaced, type Paced, type Role } from "../role.ts";

const PROOF_SECONDS = 15;
/** How often it asks whether the whole books are due: they are once a day. */
const WHOLE_SECONDS = 600;
const HEARTBEAT_SECONDS = 2;

/** Settles what providers tell by webhook, and keeps proving the books: where they changed, and as a whole once a day. */
export function createCaptureWorker(parts: Paced & { db: Database; advance: Advance; doorbell: Doorbell }): Role {
  const { db, advance, log } = parts;
  const tell = (violations: readonly Violation[]): object => {
    for (const { invariant, rule, count, rows } of violations) log.error("capture-worker.violation", { invariant, rule, count, rows });
    return { violations: violations.length };
  };
  return {
    name: "capture-worker",
    async run(signal) {
      const prove = async (): Promise<object> => {
        let found = 0;
        for (;;) {
          const { violations, more } = await proveChanged(db);
          tell(violations);
          found += violations.length;
          if (!more || signal.aborted) return { violations: found };
        }
      };
      const beat = async (): Promise<object> => (await advance.beat(), {});
      const done = new AbortController();
      const beating = runPaced({ name: "capture-worker.heartbeat", everySeconds: HEARTBEAT_SECONDS, pass: beat }, parts, done.signal);
      await Promise.all([
        keepLooking({ name: "capture-worker.hear", bell: "inbox", take: (limit) => advance.hear(limit) }, parts, signal),
        runPaced({ name: "capture-worker", everySeconds: PROOF_SECONDS, pass: prove }, parts, signal),
        runPaced({ name: "capture-worker.whole", everySeconds: WHOLE_SECONDS, pass: async () => tell((await proveWhole(db, signal)) ?? []) }, parts, signal),
      ]);
      done.abort();
      await beating;
    },
  };
}
