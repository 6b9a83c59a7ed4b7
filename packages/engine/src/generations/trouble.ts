import type { OutputErrorCode, Route } from "@cooly/contract";
import type { Provider } from "../ports/index.ts";
import { conclude, factsOf, fenceOf, verdictOf, type Hand, type Held } from "./hand.ts";
import { letWait, markUnknown, requeue } from "./leases.ts";
import { referenceOf } from "./submit.ts";
import { ATTEMPTS_MAX, backoffSeconds, UNKNOWN_FIRST_LOOK_SECONDS } from "./retry.ts";

export interface Trouble {
  readonly code: OutputErrorCode;
  readonly message: string;
}

/** Fails for good: the credits go back, and an operator finds it with the dead letters. */
export const giveUp = (hand: Hand, work: Held, error: Trouble): Promise<void> =>
  conclude(hand, work, { ...verdictOf(work), state: "failed", error, dead: true });

const isLast = (work: Held): boolean => work.failures + 1 >= ATTEMPTS_MAX;

export interface Again extends Trouble {
  readonly afterSeconds?: number;
  /** Whether this attempt counts. */
  readonly burn: boolean;
  /** By which it goes on. Default: as before. */
  readonly route?: Route | null;
}

/** Another attempt later, or none if this was the last. */
export async function again(hand: Hand, work: Held, trouble: Again): Promise<void> {
  const { code, message, burn, route = null } = trouble;
  if (burn && isLast(work)) return giveUp(hand, work, { code, message });
  const afterSeconds = trouble.afterSeconds ?? backoffSeconds(work.failures);
  const done = await requeue(hand.db, {
    ...fenceOf(work),
    accountId: work.account_id,
    afterSeconds,
    burn,
    error: { code, message },
    route: route && referenceOf(route),
  });
  hand.log.info(done ? "gen-worker.requeued" : "gen-worker.fenced", { ...factsOf(work), code, afterSeconds });
  hand.doorbell.ring("outbox");
}

/** What was delivered cannot be used: made again only if that costs nothing. */
export const againIfFree = (hand: Hand, work: Held, message: string): Promise<void> => {
  const trouble = { code: "result_unusable", message } as const;
  return resubmitOf(hand, work) === "billed" ? giveUp(hand, work, trouble) : again(hand, work, { ...trouble, burn: true });
};

export const resubmitOf = ({ providers }: Hand, work: Held): Provider["resubmit"] => providers.get(work.route.provider)?.resubmit ?? "billed";

/** What became of a sent attempt is not known: asked again where that cannot be billed again, else left in doubt. */
export const unclear = (hand: Hand, work: Held, why: string): Promise<void> =>
  resubmitOf(hand, work) === "billed" || isLast(work)
    ? doubt(hand, work, why)
    : again(hand, work, { code: "provider_failed", message: "The provider's answer was lost.", burn: true });

// The hold stays until the provider says, or an operator does.
async function doubt(hand: Hand, work: Held, why: string): Promise<void> {
  const done = await markUnknown(hand.db, { ...fenceOf(work), accountId: work.account_id, why, lookAfterSeconds: UNKNOWN_FIRST_LOOK_SECONDS });
  hand.log.warn(done ? "gen-worker.unknown" : "gen-worker.fenced", { ...factsOf(work), why });
  hand.doorbell.ring("events");
  hand.doorbell.ring("looks");
}

/** Lets go without a verdict: any worker looks later. */
export async function lookLater(hand: Hand, work: Held, afterSeconds: number): Promise<void> {
  const kept = await letWait(hand.db, { ...fenceOf(work), afterSeconds }, hand.owner);
  if (kept) hand.doorbell.ring("looks");
  else hand.log.warn("gen-worker.fenced", factsOf(work));
}
