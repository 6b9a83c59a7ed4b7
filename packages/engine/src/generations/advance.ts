import type { ModelManifest } from "@cooly/contract";
import { mapRequest, usualOf } from "../catalogue/index.ts";
import type { Job, Message, Provider, Sight, Started } from "../ports/index.ts";
import { goesElsewhere, routeOf } from "./elsewhere.ts";
import { resume } from "./finalize.ts";
import { follow } from "./follow.ts";
import {
  CancelWanted,
  conclude,
  factsOf,
  Fenced,
  fenceOf,
  HandedBack,
  leaseEnd,
  letGo,
  openHand,
  take,
  verdictOf,
  type AdvanceParts,
  type Hand,
  type Held,
  type Taken,
} from "./hand.ts";
import { fillFiles, InputUnusable, type Filled } from "./input-files.ts";
import { claimHeard, closeHeard, closeIdle, nextHeardSeconds } from "./inbox.ts";
import { claimDue, heartbeat, nextLookSeconds, type Claimed } from "./leases.ts";
import { recover } from "./recover.ts";
import { unknownLookSeconds } from "./retry.ts";
import { lookLater, resubmitOf } from "./trouble.ts";

/** Drives outputs through their providers. The worker role gives the pace: messages, a heartbeat and looks that are due. */
export interface Advance {
  /** One message: claims its output and works until there is a verdict, or until the vendor has it in hand. */
  handle(message: Message): Promise<void>;
  /** Keeps the leases of what is in hand; stops what is no longer ours or no longer wanted. */
  beat(): Promise<void>;
  /** Takes running tasks, copies and unknowns that are due, and looks at each. */
  look(limit: number): Promise<Looks>;
  /** Acts on what providers said by webhook. */
  hear(limit: number): Promise<Looks>;
  /** Gives back, without a verdict, what may be done again at no cost. */
  handBack(): void;
}

export interface Looks {
  /** Those that have begun. None of them rejects: what fails is taken up by the sweeper. */
  readonly begun: readonly Promise<void>[];
  /** When the next falls due; null if nothing waits. */
  readonly nextSeconds: number | null;
}

export function createAdvance(parts: AdvanceParts): Advance {
  const hand = openHand(parts);
  return {
    async handle(message) {
      const claimed = await hand.claim(message).catch((error: unknown) => {
        // It may have been claimed, and the answer lost: then nobody knows of this attempt until its lease has ended.
        hand.log.warn("gen-worker.claim_failed", { outputId: message.outputId, attempt: message.attempt + 1, error });
        throw error;
      });
      if (claimed) await run(hand, claimed, (work, provider) => attempt(hand, work, provider));
    },
    look: (limit) =>
      whenDue(
        limit,
        () => nextLookSeconds(hand.db),
        async () => {
          const askedMs = performance.now();
          const due = await claimDue(hand.db, hand.owner, limit);
          return due.map((claimed) => begin(hand, { ...claimed, askedMs }, (work, provider) => lookOnce(hand, work, provider)));
        },
      ),
    hear: (limit) =>
      whenDue(
        limit,
        () => nextHeardSeconds(hand.db),
        async () => {
          await closeIdle(hand.db, limit);
          const askedMs = performance.now();
          const heard = await claimHeard(hand.db, hand.owner, limit);
          return heard.map(({ inbox_id, sight, ...claimed }) =>
            begin(hand, { ...claimed, askedMs }, async (work) => {
              await follow(hand, work, sight as unknown as Sight);
              await closeHeard(hand.db, inbox_id);
            }),
          );
        },
      ),
    beat: () => beat(hand),
    handBack() {
      for (const work of hand.held.values()) work.stop.abort(new HandedBack("handed back"));
    },
  };
}

/** An idle system pays one question, and a full batch asks for the next at once. */
async function whenDue(limit: number, next: () => Promise<number | null>, take: () => Promise<Promise<void>[]>): Promise<Looks> {
  const seconds = await next();
  if (seconds === null || seconds > 0) return { begun: [], nextSeconds: seconds };
  const begun = await take();
  return { begun, nextSeconds: begun.length === limit ? 0 : await next() };
}

async function run(hand: Hand, claimed: Taken, step: (work: Held, provider: Provider) => Promise<void>): Promise<void> {
  const work = take(hand, claimed);
  try {
    await within(hand, work, async () => {
      const provider = hand.providers.get(work.route.provider);
      if (provider) await step(work, provider).catch((error: unknown) => recover(hand, work, error));
      else await refuseStranger(hand, work);
    });
  } catch (error) {
    // What became of it could not even be written down: the sweeper takes it up, and this is all that is ever said of it here.
    hand.log.error("gen-worker.step_failed", { ...factsOf(claimed), error });
    throw error;
  } finally {
    letGo(hand, work);
  }
}

/** What is done for an output goes on with the trace that its generation was accepted in. */
function within(hand: Hand, work: Held, act: () => Promise<void>): Promise<void> {
  const { tracer } = hand;
  if (!tracer.on) return act();
  const { traceparent: under, accepted_ms: acceptedMs } = work.origin ?? {};
  const facts = { ...factsOf(work), provider: work.route.provider };
  const isFirst = !work.sent && work.attempt === 1;
  if (isFirst && acceptedMs !== undefined) tracer.record("queue.wait", { under, facts, began: new Date(acceptedMs), ended: new Date() });
  return tracer.span(work.sent ? "gen-worker.look" : "gen-worker.attempt", { under, facts }, act);
}

// Nobody waits for these as for a message.
const begin = (hand: Hand, claimed: Taken, step: Parameters<typeof run>[2]): Promise<void> => run(hand, claimed, step).catch(() => undefined);

// What was sent to a provider that this version no longer has may still be delivered there: only an operator can tell.
function refuseStranger(hand: Hand, work: Held): Promise<void> {
  const { provider } = work.route;
  const message = provider === "" ? "Its route cannot be read." : `This installation has no provider ${provider}.`;
  if (!work.sent) return conclude(hand, work, { ...verdictOf(work), state: "failed", error: { code: "provider_failed", message }, dead: true });
  hand.log.error("gen-worker.no_provider", { ...factsOf(work), provider });
  return lookLater(hand, work, unknownLookSeconds(sentMsAgo(work) / 1000));
}

async function attempt(hand: Hand, work: Held, provider: Provider): Promise<void> {
  if (await goesElsewhere(hand, work)) return;
  const started = await start(hand, work, provider);
  if (started.kind === "accepted" || started.kind === "delivered") hand.circuits.passed(work.route);
  return follow(hand, work, started);
}

async function start(hand: Hand, work: Held, provider: Provider): Promise<Started> {
  const signal = AbortSignal.any([work.stop.signal, AbortSignal.timeout(work.deadline_seconds * 1000)]);
  signal.throwIfAborted();
  // This process may have been stopped at any moment: then somebody else may ask the vendor already whether it got anything.
  const insist = (): void => {
    if (performance.now() >= work.leaseEndsMs) throw new Fenced("the lease is gone");
  };
  const filled = await requestOf(hand, work).catch((error: unknown) => error as Error);
  if (filled instanceof InputUnusable) return { kind: "failed", class: "user_input", message: filled.message };
  if (filled instanceof Error) throw filled;
  const job: Job = {
    ...referenceOf(work),
    input: work.input,
    request: filled.request,
    seed: work.seed,
    async sending() {
      if (!(await hand.markSent(fenceOf(work)))) throw new Fenced("the lease is gone");
      insist();
      work.sent = true;
    },
    insist,
    progress(fraction) {
      if (hand.held.get(work.output_id) === work) hand.progress.note(fenceOf(work), fraction);
    },
  };
  return provider.start(job, signal).finally(filled.release);
}

/** By the manifest that it was accepted by, whatever holds today. */
async function requestOf(hand: Hand, work: Held): Promise<Filled> {
  const { made_with, input } = work;
  const [manifest, found] = [await hand.catalogue.version(made_with.model, made_with.version), await routeOf(hand, work)];
  if (!manifest || !found?.map) return { request: input, release() {} };
  // Each output has its own: several of one seed would be the same picture.
  const own = hasSeed(manifest) ? { ...input, seed: work.seed } : input;
  const mapped = mapRequest(found, own, usualOf(manifest));
  if (mapped.outcome === "unsupported") throw new Error(`what was accepted for ${made_with.model} cannot be sent: ${mapped.remarks[0]!.message}`);
  return fillFiles(hand, work, mapped.request);
}

const hasSeed = ({ params }: ModelManifest): boolean => Object.hasOwn((params["properties"] ?? {}) as object, "seed");

const sentMsAgo = (work: Held): number => performance.now() - work.startedMs;

const referenceOf = (work: Claimed) => ({ outputId: work.output_id, attempt: work.attempt, key: work.output_id, upstreamId: work.route.upstream_id });

async function lookOnce(hand: Hand, work: Held, provider: Provider): Promise<void> {
  const { signal } = work.stop;
  if (work.result?.url) return resume(hand, work, work.result);
  if (work.operation !== null && provider.look) {
    if (work.cancel_requested && work.state === "leased") await provider.cancel?.(work.operation, signal);
    const seen = await provider.look(work.operation, signal);
    if (seen.kind !== "running" || work.state === "leased") return follow(hand, work, seen);
  } else {
    const seen = await provider.reconcile?.({ ...referenceOf(work), sentMsAgo: sentMsAgo(work) }, signal);
    if (seen && seen.kind !== "running") return follow(hand, work, seen);
  }
  // An unknown stays unknown, and its hold stays with it.
  await lookLater(hand, work, unknownLookSeconds(sentMsAgo(work) / 1000));
}

async function beat(hand: Hand): Promise<void> {
  if (hand.held.size === 0) return;
  const leases = [...hand.held.values()];
  const askedMs = performance.now();
  const alive = new Map((await heartbeat(hand.db, leases.map(fenceOf), hand.owner)).map((row) => [row.output_id, row]));
  for (const work of leases) {
    const row = alive.get(work.output_id);
    if (row) work.leaseEndsMs = leaseEnd(askedMs);
    if (!row) work.stop.abort(new Fenced("the lease is gone"));
    // What may be billed goes on: its verdict is worth more than the moment.
    else if (row.cancel_requested && (!work.sent || resubmitOf(hand, work) === "free")) work.stop.abort(new CancelWanted("canceled"));
  }
}
