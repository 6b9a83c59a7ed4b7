import { ResultGone, type Result } from "../ports/index.ts";
import { deliver } from "./deliver.ts";
import { conclude, factsOf, fenceOf, Fenced, verdictOf, type Hand, type Held } from "./hand.ts";
import { noteResult } from "./leases.ts";
import { backoffSeconds } from "./retry.ts";
import { againIfFree, lookLater } from "./trouble.ts";

export interface Delivery {
  readonly result: Result;
  readonly costUsd?: number;
  readonly providerMs: number;
}

/** How often the vendor is asked for another address when the first has died. */
const REFRESHES_MAX = 2;
const COPY_MAX_SECONDS = 3_600;
const COPY_PAUSE_STEP = 2;

/**
 * The provider has delivered: copies the result into storage and settles. Where the result waits at an address, that is
 * noted first, so that whoever comes after us copies it without asking the provider again.
 */
export async function finalize(hand: Hand, work: Held, delivery: Delivery): Promise<void> {
  const { result, providerMs, costUsd } = delivery;
  if (result.from === "bytes") return store(hand, work, delivery);
  const noted = { url: result.url, refreshes: work.result?.refreshes ?? 0, provider_ms: providerMs, ...(costUsd !== undefined && { cost_usd: costUsd }) };
  if (!(await noteResult(hand.db, { ...fenceOf(work), result: noted }, hand.owner))) throw new Fenced("the lease is gone");
  return copy(hand, work, delivery);
}

/** Goes on with a copy that was noted earlier, by whatever worker. */
export function resume(hand: Hand, work: Held, { url, provider_ms, cost_usd }: NonNullable<Held["result"]>): Promise<void> {
  return copy(hand, work, { result: { from: "url", url: url! }, providerMs: provider_ms, ...(cost_usd !== undefined && { costUsd: cost_usd }) });
}

async function copy(hand: Hand, work: Held, delivery: Delivery): Promise<void> {
  try {
    await store(hand, work, delivery);
  } catch (error) {
    if (work.stop.signal.reason instanceof Fenced) throw error;
    hand.log.warn("gen-worker.copy_failed", { ...factsOf(work), error });
    if (error instanceof ResultGone || (work.result?.age_seconds ?? 0) > COPY_MAX_SECONDS) return gone(hand, work);
    // A worker that is stopping hands the copy over at once.
    const afterSeconds = work.stop.signal.aborted ? 0 : COPY_PAUSE_STEP * backoffSeconds(2);
    await lookLater(hand, work, afterSeconds);
  }
}

async function gone(hand: Hand, work: Held): Promise<void> {
  const refreshes = (work.result?.refreshes ?? 0) + 1;
  const canAsk = work.operation !== null && hand.providers.get(work.route.provider)?.look !== undefined;
  if (!canAsk || refreshes > REFRESHES_MAX) return againIfFree(hand, work, "The provider's result was no longer there when it was to be copied.");
  await noteResult(hand.db, { ...fenceOf(work), result: { url: null, refreshes, provider_ms: verdictOf(work).providerMs } }, hand.owner);
  await lookLater(hand, work, backoffSeconds(refreshes));
}

async function store(hand: Hand, work: Held, { result, costUsd, providerMs }: Delivery): Promise<void> {
  const delivered = await deliver(hand, work, result);
  if (delivered.outcome === "unusable") return againIfFree(hand, work, delivered.why);
  const { media, transferMs } = delivered;
  return conclude(hand, work, { ...verdictOf(work), ...(costUsd !== undefined && { costUsd }), state: "delivered", media, providerMs, transferMs });
}
