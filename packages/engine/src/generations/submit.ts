import { hash, randomInt } from "node:crypto";
import { z } from "zod";
import { creditsPerOutput, newUuid, type ModelManifest, type Route } from "@cooly/contract";
import { gather, statement, type Database, type Doorbell } from "../db/index.ts";
import type { Origin } from "./origin.ts";
import type { Remark } from "../catalogue/index.ts";
import { queuedRow, warningsOf } from "./queued.ts";
import type { GenerationRow } from "./read.ts";

/** A request that has been checked against its model: `input` holds the defaults too. */
export interface Submission {
  readonly accountId: string;
  readonly apiKeyId: string | null;
  readonly idempotencyKey: string | null;
  readonly model: ModelManifest;
  /** The one that is asked first; default: the model's first. */
  readonly route?: Route;
  /** What was asked for and is left out. */
  readonly warnings?: readonly Remark[];
  readonly input: Readonly<Record<string, unknown>>;
  readonly outputs: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** What the caller sent, as sent: the same key with another request is refused. */
  readonly request: unknown;
  readonly origin?: Origin;
}

export type Submitted =
  /** `row` is null for an accept whose first answer was lost: the generation may have moved on since. */
  | { readonly outcome: "accepted"; readonly generationId: string; readonly row: GenerationRow | null }
  | { readonly outcome: "replayed"; readonly generationId: string }
  | { readonly outcome: "mismatch" }
  | { readonly outcome: "insufficient"; readonly needed: number; readonly available: number };

const BATCH_MAX = 64;
const IN_FLIGHT = 2;
// A restart of the database passes unnoticed; whoever waits longer is told to come back.
const PATIENCE_MS = 2_500;
const SEED_MAX = 2_147_483_647;

/**
 * Accepts generations: idempotency, balance, reservation, outputs and outbox in one call to the database, which does all of
 * it or nothing. The requests of one event-loop turn share that call and its commit. If its answer is lost it is made
 * again: the ids are made here, so what was accepted then is found.
 */
export function createSubmit(db: Database, doorbell: Pick<Doorbell, "ring">): (submission: Submission) => Promise<Submitted> {
  const accept = gather(
    async (requests: readonly AcceptRequest[]) => {
      const rows = await db.rows(acceptMany, [JSON.stringify(requests)]);
      const inOrder = rows.toSorted((a, b) => a.place - b.place);
      if (inOrder.some(({ outcome }) => outcome === "accepted")) {
        doorbell.ring("outbox");
        doorbell.ring("events");
      }
      return inOrder;
    },
    { max: BATCH_MAX, inFlight: IN_FLIGHT, patienceMs: PATIENCE_MS },
  );
  return async (submission) => {
    const request = toRequest(submission);
    const row = await accept(request);
    switch (row.outcome) {
      case "accepted":
        return { outcome: "accepted", generationId: row.generation_id, row: row.created_at && queuedRow(submission, accepted(request, row.created_at)) };
      case "replayed":
        return { outcome: "replayed", generationId: row.generation_id };
      case "mismatch":
        return { outcome: "mismatch" };
      case "insufficient":
        return { outcome: "insufficient", needed: row.needed, available: row.available ?? 0 };
      case "no_account":
        throw new Error(`account ${submission.accountId} does not exist`);
    }
  };
}

interface AcceptRequest {
  readonly id: string;
  readonly output_ids: readonly string[];
  readonly seeds: readonly number[];
  readonly credits_each: number;
  readonly [column: string]: unknown;
}

function toRequest({ model, ...submission }: Submission): AcceptRequest {
  const base = submission.input["seed"];
  const first = typeof base === "number" ? base : randomInt(SEED_MAX);
  const indexes = Array.from({ length: submission.outputs }, (_, index) => index);
  return {
    id: newUuid(),
    account_id: submission.accountId,
    api_key_id: submission.apiKeyId,
    idempotency_key: submission.idempotencyKey,
    request_hash: hashOfRequest(submission.request),
    model: model.id,
    model_version: model.version,
    kind: model.kind,
    route: referenceOf(submission.route ?? model.routes[0]!),
    deadline_seconds: model.deadline_seconds,
    input: submission.input,
    metadata: submission.metadata,
    output_ids: indexes.map(() => newUuid()),
    seeds: indexes.map((index) => (first + index) % (SEED_MAX + 1)),
    credits_each: creditsPerOutput(model.price, submission.input),
    outputs: submission.outputs,
    origin: submission.origin,
    warnings: warningsOf(submission),
  };
}

/** What a route is found by: the rest is in the manifest of that version. */
export const referenceOf = ({ id, provider, upstream_id }: Route) => ({ ...(id !== undefined && { id }), provider, upstream_id });

const accepted = ({ id, output_ids, seeds, credits_each }: AcceptRequest, createdAt: Date) => ({
  id,
  outputIds: output_ids,
  seeds,
  creditsEach: credits_each,
  createdAt,
});

export const hashOfRequest = (request: unknown): string => hash("sha256", canonical(request), "hex");

/** JSON with sorted members: the same request however its members were ordered. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .join(",")}}`;
}

// Locks the accounts of the batch one after the other, in the order of their ids.
const acceptMany = statement(
  "generations.accept_many",
  z.object({
    place: z.number(),
    outcome: z.enum(["accepted", "replayed", "mismatch", "insufficient", "no_account"]),
    generation_id: z.string(),
    needed: z.number(),
    available: z.number().nullable(),
    created_at: z.date().nullable(),
  }),
  `select place, outcome, generation_id, needed, available, created_at from accept_many($1::jsonb)`,
);
