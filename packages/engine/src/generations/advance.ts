import { randomUUID } from "node:crypto";
import { gather, type Database, type Doorbell } from "../db/index.ts";
import { ProviderUnreachable, type Log, type MediaInspector, type Message, type ObjectStore, type Provider, type Sight, type Started } from "../ports/index.ts";
import { deliver } from "./deliver.ts";
import { claim, claimDue, heartbeat, markAccepted, markSent, markUnknown, postponeUnknown, reportProgress, requeue, type Claimed } from "./leases.ts";
import { ATTEMPTS_MAX, backoffSeconds } from "./retry.ts";
import { settle, type SettleOutcome, type Verdict } from "./settle.ts";

export interface AdvanceParts {
  readonly db: Database;
  readonly doorbell: Pick<Doorbell, "ring">;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly store: ObjectStore;
  readonly media: MediaInspector;
  readonly log: Log;
}

/** Drives outputs through their providers. The worker role gives the pace: messages, a heartbeat and looks that are due. */
export interface Advance {
  /** One message: claims its output and works until there is a verdict, or until the vendor has it in hand. */
  handle(message: Message): Promise<void>;
  /** Keeps the leases of what is in hand; stops what is no longer ours or no longer wanted. */
  beat(): Promise<void>;
  /** Looks at running tasks that are due. Answers how many. */
  look(limit: number): Promise<number>;
  /** Flushes what was reported of progress. */
  report(): Promise<void>;
  /** Whether any provider has tasks that must be looked at. */
  readonly looks: boolean;
  /** Gives back, without a verdict, what may be done again at no cost. */
  handBack(): void;
}

class Fenced extends Error {}
class CancelWanted extends Error {}
class HandedBack extends Error {}

interface Held extends Claimed {
  readonly stop: AbortController;
  readonly startedMs: number;
  sent: boolean;
}

const UNKNOWN_LOOK_SECONDS = 30;

export function createAdvance(parts: AdvanceParts): Advance {
  const { db, doorbell, providers, log } = parts;
  const owner = randomUUID();
  const held = new Map<string, Held>();
  const fractions = new Map<string, number>();

  const claimOne = gather(
    async (messages: readonly Message[]) => {
      const claimed = new Map((await claim(db, messages, owner)).map((row) => [row.output_id, row]));
      if (claimed.size > 0) doorbell.ring("events");
      // A message that came twice is claimed once.
      return messages.map(({ outputId }) => {
        const row = claimed.get(outputId) ?? null;
        claimed.delete(outputId);
        return row;
      });
    },
    { max: 64, inFlight: 2 },
  );
  const sendOne = gather(
    async (fences: readonly { outputId: string; attempt: number }[]) => {
      const marked = new Set((await markSent(db, fences, owner)).map(({ output_id }) => output_id));
      return fences.map(({ outputId }) => marked.has(outputId));
    },
    { max: 64, inFlight: 2 },
  );
  const settleOne = gather(
    async (verdicts: readonly Verdict[]) => {
      const outcomes = await settle(db, verdicts);
      doorbell.ring("events");
      return verdicts.map(({ outputId }): SettleOutcome => outcomes.get(outputId) ?? "missing");
    },
    { max: 64, inFlight: 2 },
  );

  const facts = (work: Claimed) => ({ outputId: work.output_id, attempt: work.attempt, generationId: work.generation_id });
  const fence = (work: Claimed) => ({ outputId: work.output_id, attempt: work.attempt });

  function take(claimed: Claimed): Held {
    const work: Held = { ...claimed, stop: new AbortController(), startedMs: performance.now(), sent: claimed.operation !== null };
    held.set(work.output_id, work);
    if (work.cancel_requested && work.operation === null) work.stop.abort(new CancelWanted("canceled"));
    return work;
  }

  function letGo(work: Held): void {
    if (held.get(work.output_id) === work) held.delete(work.output_id);
    fractions.delete(work.output_id);
  }

  async function conclude(verdict: Verdict, work: Claimed): Promise<void> {
    const outcome = await settleOne(verdict);
    if (outcome === "settled") log.info("gen-worker.settled", { ...facts(work), state: verdict.state });
    else log.warn("gen-worker.fenced", { ...facts(work), outcome });
  }

  const spent = (work: Claimed): boolean => work.failures + 1 >= ATTEMPTS_MAX;
  const base = (work: Held) => ({
    outputId: work.output_id,
    accountId: work.account_id,
    attempt: work.attempt,
    providerMs: Math.round(performance.now() - work.startedMs),
  });

  async function again(
    work: Held,
    trouble: {
      code: "provider_failed" | "provider_unreachable" | "provider_rate_limited" | "result_unusable";
      message: string;
      afterSeconds?: number;
      burn: boolean;
    },
  ): Promise<void> {
    const { code, message, burn } = trouble;
    if (burn && spent(work)) {
      await conclude({ ...base(work), state: "failed", error: { code, message }, dead: true }, work);
      return;
    }
    const afterSeconds = trouble.afterSeconds ?? backoffSeconds(work.failures);
    const done = await requeue(db, { ...fence(work), accountId: work.account_id, afterSeconds, burn, error: { code, message } });
    log.info(done ? "gen-worker.requeued" : "gen-worker.fenced", { ...facts(work), code, afterSeconds });
    doorbell.ring("outbox");
  }

  async function follow(work: Held, seen: Started | Sight): Promise<void> {
    switch (seen.kind) {
      case "delivered": {
        const providerMs = Math.round(performance.now() - work.startedMs);
        const delivered = await deliver(parts, work, seen.result);
        if (delivered.outcome === "unusable") return again(work, { code: "result_unusable", message: delivered.why, burn: true });
        const cost = seen.costUsd === undefined ? {} : { costUsd: seen.costUsd };
        return conclude({ ...base(work), ...cost, state: "delivered", media: delivered.media, providerMs, transferMs: delivered.transferMs }, work);
      }
      case "refused":
        return conclude({ ...base(work), state: "refused", error: { code: "content_refused", message: seen.message } }, work);
      case "failed":
        return fail(work, seen);
      case "unknown":
        return doubt(work, seen.why);
      case "accepted":
      case "running": {
        if (seen.kind === "running" && seen.progress !== undefined) fractions.set(work.output_id, seen.progress);
        const operation = seen.kind === "accepted" ? seen.operation : work.operation;
        const kept = await markAccepted(
          db,
          { ...fence(work), operation, pollAfterSeconds: seen.pollAfterSeconds, deadlineSeconds: work.deadline_seconds },
          owner,
        );
        if (!kept) log.warn("gen-worker.fenced", facts(work));
      }
    }
  }

  function fail(work: Held, failure: Extract<Started, { kind: "failed" }>): Promise<void> {
    const { message, retryAfterSeconds } = failure;
    switch (failure.class) {
      case "transient":
        return again(work, { code: "provider_failed", message, burn: true, ...(retryAfterSeconds !== undefined && { afterSeconds: retryAfterSeconds }) });
      case "rate_limited":
        return again(work, { code: "provider_rate_limited", message, burn: false, afterSeconds: retryAfterSeconds ?? 5 });
      case "permanent":
        return conclude({ ...base(work), state: "failed", error: { code: "provider_failed", message }, dead: true }, work);
    }
  }

  async function doubt(work: Held, why: string): Promise<void> {
    const done = await markUnknown(db, { ...fence(work), accountId: work.account_id, why, lookAfterSeconds: UNKNOWN_LOOK_SECONDS });
    log.warn(done ? "gen-worker.unknown" : "gen-worker.fenced", { ...facts(work), why });
    doorbell.ring("events");
  }

  /** What a throw means depends on why, and on whether anything had left the house. */
  async function recover(work: Held, provider: Provider, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Fenced || work.stop.signal.reason instanceof Fenced) return log.warn("gen-worker.fenced", facts(work));
    if (error instanceof ProviderUnreachable) return again(work, { code: "provider_unreachable", message, burn: true });
    if (work.operation !== null) {
      const kept = await markAccepted(
        db,
        { ...fence(work), operation: work.operation, pollAfterSeconds: backoffSeconds(3) + 2, deadlineSeconds: work.deadline_seconds },
        owner,
      );
      return log.warn(kept ? "gen-worker.look_failed" : "gen-worker.fenced", { ...facts(work), error });
    }
    const harmless = !work.sent || provider.resubmit !== "billed";
    if (!harmless) return doubt(work, message);
    if (work.stop.signal.reason instanceof CancelWanted) return conclude({ ...base(work), state: "canceled" }, work);
    if (work.stop.signal.reason instanceof HandedBack) return again(work, { code: "provider_failed", message: "handed back", afterSeconds: 0, burn: false });
    log.warn("gen-worker.attempt_failed", { ...facts(work), error });
    return again(work, { code: "provider_failed", message: "The attempt failed on our side.", burn: true });
  }

  async function start(work: Held, provider: Provider): Promise<Started> {
    const signal = AbortSignal.any([work.stop.signal, AbortSignal.timeout(work.deadline_seconds * 1000)]);
    signal.throwIfAborted();
    return provider.start(
      {
        outputId: work.output_id,
        attempt: work.attempt,
        key: work.output_id,
        upstreamId: work.route.upstream_id,
        input: work.input,
        seed: work.seed,
        async sending() {
          if (!(await sendOne(fence(work)))) throw new Fenced("the lease is gone");
          work.sent = true;
        },
        progress: (fraction) => void (held.has(work.output_id) && fractions.set(work.output_id, Math.min(1, Math.max(0, fraction || 0)))),
      },
      signal,
    );
  }

  async function run(claimed: Claimed, step: (work: Held, provider: Provider) => Promise<void>): Promise<void> {
    const work = take(claimed);
    try {
      const provider = providers.get(work.route.provider);
      if (!provider)
        return await conclude(
          {
            ...base(work),
            state: "failed",
            error: { code: "provider_failed", message: `This installation has no provider ${work.route.provider}.` },
            dead: true,
          },
          work,
        );
      await step(work, provider).catch((error: unknown) => recover(work, provider, error));
    } finally {
      letGo(work);
    }
  }

  async function lookOnce(work: Held, provider: Provider): Promise<void> {
    if (work.cancel_requested && work.operation && provider.cancel) await provider.cancel(work.operation, work.stop.signal);
    if (work.state !== "unknown") return follow(work, await provider.look!(work.operation!, work.stop.signal));
    const reference = { outputId: work.output_id, attempt: work.attempt, key: work.output_id, upstreamId: work.route.upstream_id };
    const sight = await provider.reconcile?.(reference, work.stop.signal);
    if (sight && sight.kind !== "running") return follow(work, sight);
    await postponeUnknown(db, { ...fence(work), afterSeconds: UNKNOWN_LOOK_SECONDS }, owner);
  }

  return {
    looks: [...providers.values()].some((provider) => provider.look !== undefined || provider.reconcile !== undefined),
    async handle(message) {
      const claimed = await claimOne(message);
      if (claimed) await run(claimed, async (work, provider) => follow(work, await start(work, provider)));
    },
    async look(limit) {
      const due = await claimDue(db, owner, limit);
      await Promise.all(due.map((claimed) => run(claimed, lookOnce)));
      return due.length;
    },
    async beat() {
      if (held.size === 0) return;
      const leases = [...held.values()];
      const alive = new Map((await heartbeat(db, leases.map(fence), owner)).map((row) => [row.output_id, row]));
      for (const work of leases) {
        const row = alive.get(work.output_id);
        if (!row) work.stop.abort(new Fenced("the lease is gone"));
        else if (row.cancel_requested && work.operation === null) work.stop.abort(new CancelWanted("canceled"));
      }
    },
    async report() {
      const reports = [...fractions].flatMap(([outputId, fraction]) => {
        const work = held.get(outputId);
        return work ? [{ ...fence(work), fraction }] : [];
      });
      fractions.clear();
      if (reports.length === 0) return;
      await reportProgress(db, reports);
      doorbell.ring("events");
    },
    handBack() {
      for (const work of held.values()) work.stop.abort(new HandedBack("handed back"));
    },
  };
}
