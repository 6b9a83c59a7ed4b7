import type { Failure, Sight, Started } from "../ports/index.ts";
import { finalize } from "./finalize.ts";
import { conclude, factsOf, fenceOf, verdictOf, type Hand, type Held } from "./hand.ts";
import { classOf, elsewhere } from "./elsewhere.ts";
import { markAccepted } from "./leases.ts";
import { again, giveUp, unclear } from "./trouble.ts";

const RATE_LIMIT_SECONDS = 5;

/** Acts on what a provider said. */
export async function follow(hand: Hand, work: Held, seen: Started | Sight): Promise<void> {
  switch (seen.kind) {
    case "delivered":
      return finalize(hand, work, { ...seen, providerMs: verdictOf(work).providerMs });
    case "refused":
      return conclude(hand, work, { ...verdictOf(work), state: "refused", error: { code: "content_refused", message: seen.message } });
    case "canceled":
      return conclude(hand, work, { ...verdictOf(work), state: "canceled" });
    case "failed":
      return fail(hand, work, seen);
    case "unknown":
      return unclear(hand, work, seen.why);
    case "accepted":
      return leave(hand, work, { operation: seen.operation, afterSeconds: seen.pollAfterSeconds });
    case "running":
      if (seen.progress !== undefined) hand.progress.note(fenceOf(work), seen.progress);
      return leave(hand, work, { operation: work.operation, afterSeconds: seen.pollAfterSeconds });
  }
}

async function fail(hand: Hand, work: Held, failure: Failure): Promise<void> {
  const { message, retryAfterSeconds } = failure;
  const found = await classOf(hand, work, failure);
  if (found === "ambiguous") return unclear(hand, work, message);
  hand.circuits.failed(work.route, { ...failure, class: found });
  switch (found) {
    case "user_input":
      return conclude(hand, work, { ...verdictOf(work), state: "refused", error: { code: "invalid_request", message } });
    case "moderated_input":
    case "moderated_output":
      return conclude(hand, work, { ...verdictOf(work), state: "refused", error: { code: "content_refused", message } });
    case "permanent":
      return giveUp(hand, work, { code: "provider_failed", message });
  }
  // Nothing of it is billed, so another vendor may be asked for the same.
  const route = await elsewhere(hand, work);
  const later = route ? { afterSeconds: 0 } : retryAfterSeconds === undefined ? {} : { afterSeconds: retryAfterSeconds };
  switch (found) {
    case "transient":
    case "overloaded":
      return again(hand, work, { code: "provider_failed", message, burn: true, ...later, route });
    case "rate_limited":
      return again(hand, work, { code: "provider_rate_limited", message, burn: false, afterSeconds: RATE_LIMIT_SECONDS, ...later, route });
    case "auth":
    case "billing":
    case "not_available":
      return route
        ? again(hand, work, { code: "provider_failed", message, burn: true, afterSeconds: 0, route })
        : giveUp(hand, work, { code: "provider_failed", message });
  }
}

/** The vendor has it in hand: nobody here waits for it, and any worker looks later. */
export async function leave(hand: Hand, work: Held, { operation, afterSeconds }: { operation: unknown; afterSeconds: number }): Promise<void> {
  const { deadline_seconds: deadlineSeconds } = work;
  const kept = await markAccepted(hand.db, { ...fenceOf(work), operation, pollAfterSeconds: afterSeconds, deadlineSeconds }, hand.owner);
  if (kept) hand.doorbell.ring("looks");
  else hand.log.warn("gen-worker.fenced", factsOf(work));
}
