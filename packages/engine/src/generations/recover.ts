import { ProviderUnreachable } from "../ports/index.ts";
import { elsewhere } from "./elsewhere.ts";
import { leave } from "./follow.ts";
import { CancelWanted, conclude, factsOf, Fenced, HandedBack, verdictOf, type Hand, type Held } from "./hand.ts";
import { again, lookLater, resubmitOf, unclear } from "./trouble.ts";

const LOOK_AGAIN_SECONDS = 5;

/** What a throw means depends on why, and on whether anything had left the house. */
export async function recover(hand: Hand, work: Held, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const why: unknown = work.stop.signal.reason;
  if (error instanceof Fenced || why instanceof Fenced) return hand.log.warn("gen-worker.fenced", factsOf(work));
  if (error instanceof ProviderUnreachable && work.state === "leased" && work.operation === null) {
    if (why instanceof CancelWanted) return conclude(hand, work, { ...verdictOf(work), state: "canceled" });
    if (why instanceof HandedBack) return again(hand, work, { code: "provider_unreachable", message, burn: false });
    hand.circuits.failed(work.route, { class: "transient", message });
    const route = await elsewhere(hand, work);
    return again(hand, work, { code: "provider_unreachable", message, burn: true, ...(route && { route, afterSeconds: 0 }) });
  }
  if (work.operation !== null || work.state !== "leased") return lookFailed(hand, work, error);
  if (work.sent && resubmitOf(hand, work) !== "free") return unclear(hand, work, message);
  if (why instanceof CancelWanted) return conclude(hand, work, { ...verdictOf(work), state: "canceled" });
  if (why instanceof HandedBack) return again(hand, work, { code: "provider_failed", message: "handed back", afterSeconds: 0, burn: false });
  hand.log.warn("gen-worker.attempt_failed", { ...factsOf(work), error });
  return again(hand, work, { code: "provider_failed", message: "The attempt failed on our side.", burn: true });
}

// A look that failed says nothing about the task.
function lookFailed(hand: Hand, work: Held, error: unknown): Promise<void> {
  hand.log.warn("gen-worker.look_failed", { ...factsOf(work), error });
  const afterSeconds = LOOK_AGAIN_SECONDS * (0.5 + Math.random());
  return work.state === "leased" ? leave(hand, work, { operation: work.operation, afterSeconds }) : lookLater(hand, work, afterSeconds);
}
