import { randomUUID } from "node:crypto";
import type { LiveCatalogue } from "../catalogue/index.ts";
import { noCircuits, type Circuits } from "../routing/index.ts";
import { gather, type Database, type Doorbell } from "../db/index.ts";
import {
  quietTracer,
  type Downloads,
  type Log,
  type MediaInspector,
  type Message,
  type ObjectStore,
  type Provenance,
  type Pictures,
  type Provider,
  type Scratch,
  type Tracer,
} from "../ports/index.ts";
import { claim, LEASE_SECONDS, markSent, type Claimed, type Fence } from "./leases.ts";
import { openProgress, type Progress } from "./progress.ts";
import { createRoom, type Room } from "./room.ts";
import { settle, type SettleOutcome, type Verdict } from "./settle.ts";

export interface AdvanceParts {
  readonly db: Database;
  readonly doorbell: Pick<Doorbell, "ring">;
  readonly providers: ReadonlyMap<string, Provider>;
  /** What each version of a model said. */
  readonly catalogue: Pick<LiveCatalogue, "version">;
  /** Which routes do not serve at the moment. Default: nobody knows of any. */
  readonly circuits?: Circuits;
  readonly store: ObjectStore;
  readonly downloads: Downloads;
  readonly scratch: Scratch;
  readonly media: MediaInspector;
  /** Default: nothing is read or put into any file. */
  readonly provenance?: Provenance;
  /** Writes masks as a vendor wants them; without it, no route can have them by transparency. */
  readonly pictures?: Pick<Pictures, "writeMask">;
  readonly log: Log;
  /** Default: nobody collects. */
  readonly tracer?: Tracer;
}

/** Why work in hand stops before its verdict. */
export class Fenced extends Error {}
export class CancelWanted extends Error {}
export class HandedBack extends Error {}

/** An output that this worker has the lease of. */
export interface Held extends Claimed {
  readonly stop: AbortController;
  /** When its attempt was sent, on this process's clock. */
  readonly startedMs: number;
  /** Until when the lease lasts at least, on this process's clock, which goes on while the process is stopped. */
  leaseEndsMs: number;
  sent: boolean;
}

/** `askedMs`: when its lease was asked for, on this process's clock. */
export type Taken = Claimed & { readonly askedMs: number };

/** What one worker has in hand, and the calls to the database that its outputs share. */
export interface Hand extends AdvanceParts {
  readonly tracer: Tracer;
  readonly circuits: Circuits;
  /** Names this worker in every lease it takes. */
  readonly owner: string;
  readonly held: Map<string, Held>;
  readonly progress: Progress;
  /** For files of requests, which are in memory until they are sent. */
  readonly room: Room;
  claim(message: Message): Promise<Taken | null>;
  /** False if the lease is gone. */
  markSent(fence: Fence): Promise<boolean>;
  settle(verdict: Verdict): Promise<SettleOutcome>;
}

/** Of all requests of one worker. */
const FILES_MAX_BYTES = 96 * 1024 * 1024;
const BATCH = { max: 64, inFlight: 2 };
/** With so many in hand, another verdict is never far. */
const MANY = 8;
// A restart of the database is shorter than this; to lose a verdict that was paid for is worse than to wait.
const VERDICT_PATIENCE_MS = 30_000;

export function openHand(parts: AdvanceParts): Hand {
  const { db, doorbell } = parts;
  const owner = randomUUID();
  const held = new Map<string, Held>();
  return {
    ...parts,
    tracer: parts.tracer ?? quietTracer,
    circuits: parts.circuits ?? noCircuits,
    owner,
    held,
    room: createRoom(FILES_MAX_BYTES),
    progress: openProgress(parts),
    claim: gather(
      async (messages: readonly Message[]) => {
        const askedMs = performance.now();
        const claimed = new Map((await claim(db, messages, owner)).map((row) => [row.output_id, { ...row, askedMs }]));
        if (claimed.size > 0) doorbell.ring("events");
        // A message that came twice is claimed once.
        return messages.map(({ outputId }) => {
          const row = claimed.get(outputId) ?? null;
          claimed.delete(outputId);
          return row;
        });
      },
      { ...BATCH, patienceMs: 0 },
    ),
    markSent: gather(
      async (fences: readonly Fence[]) => {
        const marked = new Set((await markSent(db, fences, owner)).map(({ output_id }) => output_id));
        return fences.map(({ outputId }) => marked.has(outputId));
      },
      { ...BATCH, patienceMs: 0 },
    ),
    settle: gather(
      async (verdicts: readonly Verdict[]) => {
        const outcomes = await settle(db, verdicts);
        doorbell.ring("events");
        return verdicts.map(({ outputId }): SettleOutcome => outcomes.get(outputId) ?? "missing");
      },
      { ...BATCH, patienceMs: VERDICT_PATIENCE_MS, busy: () => held.size >= MANY },
    ),
  };
}

/** The earliest end of a lease that was asked for then: the database counts from a little later. */
export const leaseEnd = (askedMs: number): number => askedMs + LEASE_SECONDS * 1000;

export function take(hand: Hand, claimed: Taken): Held {
  const startedMs = performance.now() - (claimed.sent_ms_ago ?? 0);
  const work: Held = { ...claimed, stop: new AbortController(), startedMs, leaseEndsMs: leaseEnd(claimed.askedMs), sent: claimed.sent_ms_ago !== null };
  hand.held.set(work.output_id, work);
  if (work.cancel_requested && !work.sent) work.stop.abort(new CancelWanted("canceled"));
  return work;
}

export function letGo(hand: Hand, work: Held): void {
  if (hand.held.get(work.output_id) === work) hand.held.delete(work.output_id);
}

export const fenceOf = (work: Claimed): Fence => ({ outputId: work.output_id, attempt: work.attempt });

/** What a log line says of an output. */
export const factsOf = (work: Claimed) => ({
  ...(work.origin?.request_id !== undefined && { requestId: work.origin.request_id }),
  accountId: work.account_id,
  generationId: work.generation_id,
  outputId: work.output_id,
  attempt: work.attempt,
});

export const verdictOf = (work: Held) => ({
  outputId: work.output_id,
  accountId: work.account_id,
  attempt: work.attempt,
  providerMs: Math.round(performance.now() - work.startedMs),
});

export async function conclude(hand: Hand, work: Claimed, verdict: Verdict): Promise<void> {
  const outcome = await hand.settle(verdict);
  if (outcome === "settled" || outcome === "already_settled") hand.log.info(`gen-worker.${outcome}`, { ...factsOf(work), state: verdict.state });
  else hand.log.warn("gen-worker.fenced", { ...factsOf(work), outcome });
}
