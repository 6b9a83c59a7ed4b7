import { approximately, costOf, creditsFor, creditsUsed } from "@cooly/contract";
import { ResultGone, type Result } from "../ports/index.ts";
import { deliver } from "./deliver.ts";
import { routeOf } from "./elsewhere.ts";
import { conclude, factsOf, fenceOf, Fenced, verdictOf, type Hand, type Held } from "./hand.ts";
import { noteResult } from "./leases.ts";
import { backoffSeconds } from "./retry.ts";
import { againIfFree, lookLater } from "./trouble.ts";

export interface Delivery {
  readonly result: Result;
  readonly costUsd?: number;
  /** How many the vendor says it took, of what its price counts. */
  readonly units?: number;
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
  const { result, providerMs, costUsd, units } = delivery;
  if (result.from === "bytes") return store(hand, work, delivery);
  const noted = {
    url: result.url,
    refreshes: work.result?.refreshes ?? 0,
    provider_ms: providerMs,
    ...(costUsd !== undefined && { cost_usd: costUsd }),
    ...(units !== undefined && { units }),
  };
  if (!(await noteResult(hand.db, { ...fenceOf(work), result: noted }, hand.owner))) throw new Fenced("the lease is gone");
  return copy(hand, work, delivery);
}

/** Goes on with a copy that was noted earlier, by whatever worker. */
export function resume(hand: Hand, work: Held, { url, provider_ms, cost_usd, units }: NonNullable<Held["result"]>): Promise<void> {
  return copy(hand, work, {
    result: { from: "url", url: url! },
    providerMs: provider_ms,
    ...(cost_usd !== undefined && { costUsd: cost_usd }),
    ...(units !== undefined && { units }),
  });
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

async function store(hand: Hand, work: Held, { result, costUsd, units, providerMs }: Delivery): Promise<void> {
  const delivered = await deliver(hand, work, result);
  if (delivered.outcome === "unusable") return againIfFree(hand, work, delivered.why);
  const { media, transferMs } = delivered;
  const billed = await billedFor(hand, work, units);
  return conclude(hand, work, { ...verdictOf(work), ...billed, ...(costUsd !== undefined && { costUsd }), state: "delivered", media, providerMs, transferMs });
}

/** What the vendor asks for it, and what is charged for it, by the manifest that it was accepted by. */
async function billedFor(hand: Hand, work: Held, said: number | undefined): Promise<{ costUsd?: number; captured?: number }> {
  // A vendor that says no number is no reason to lose what it made.
  const units = said !== undefined && said >= 0 && said < Infinity ? said : undefined;
  const manifest = await hand.catalogue.version(work.made_with.model, work.made_with.version);
  if (!manifest) return {};
  const { price } = manifest;
  const own = (await routeOf(hand, work))?.cost;
  const cost = own ?? (price.kind === "from_cost" ? price.cost : null);
  const usd = cost && costOf(cost, work.input, units);
  // A route with a cost of its own counts in units of its own, which the price knows nothing of: what was quoted holds.
  const isByUse = own === undefined && units !== undefined && creditsFor(price, work.input) !== null;
  return {
    ...(usd && { costUsd: approximately(usd) }),
    ...(isByUse && { captured: creditsUsed(price, work.input, units) }),
  };
}
