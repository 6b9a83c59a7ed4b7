import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";
import { Origin } from "./origin.ts";

export const LEASE_SECONDS = 6;
export const HEARTBEAT_SECONDS = 2;

export const Claimed = z.object({
  output_id: z.string(),
  attempt: z.number(),
  account_id: z.string(),
  generation_id: z.string(),
  index: z.number(),
  seed: z.number(),
  // What cannot be read is nobody's, and must not keep what was claimed with it from being done.
  input: z.record(z.string(), z.unknown()).catch({}),
  route: z.object({ id: z.string().optional(), provider: z.string(), upstream_id: z.string() }).catch({ provider: "", upstream_id: "" }),
  /** The manifest that it was accepted by. */
  made_with: z.object({ model: z.string(), version: z.number() }),
  deadline_seconds: z.number(),
  failures: z.number(),
  origin: Origin.nullable().catch(null),
  /** The vendor's own reference, once it has accepted. */
  operation: z.record(z.string(), z.unknown()).nullable(),
  /** Where the result waits, once it has delivered; without an address the vendor is to be asked for a new one. */
  result: z
    .object({
      url: z.string().nullable(),
      refreshes: z.number(),
      provider_ms: z.number(),
      cost_usd: z.number().optional(),
      units: z.number().optional(),
      age_seconds: z.number(),
    })
    .nullable(),
  /** Null: nothing was sent yet. */
  sent_ms_ago: z.number().nullable(),
  cancel_requested: z.boolean(),
  state: z.enum(["leased", "finalizing", "unknown"]),
});
/** An output in the hands of this worker, and everything that its attempt needs. */
export type Claimed = z.infer<typeof Claimed>;

/** Columns of `o`, `g` and `w` that every claim answers with. */
export const details = `o.account_id, o.generation_id, o.index, o.seed, g.input, coalesce(w.route, g.route) as route, g.deadline_seconds, w.failures, w.cancel_requested, g.origin,
  jsonb_build_object('model', g.model, 'version', g.model_version) as made_with`;

/** Columns of `a`, the attempt that goes on. */
export const tried = `a.operation, (extract(epoch from clock_timestamp() - a.sent_at) * 1000)::float8 as sent_ms_ago,
  a.result || jsonb_build_object('age_seconds', extract(epoch from clock_timestamp() - (a.result ->> 'noted_at')::timestamptz)) as result`;

/** Takes what can be had of these and opens an attempt for each. */
export const claim = (db: Runner, messages: readonly { outputId: string; attempt: number }[], owner: string): Promise<Claimed[]> =>
  db.rows(claimMany, [messages.map(({ outputId }) => outputId), messages.map(({ attempt }) => attempt), owner, LEASE_SECONDS]);

// Locks the accounts in the order of their ids.
const claimMany = statement(
  "leases.claim",
  Claimed,
  // By a look-up for each row: a join would be planned for a thousand, and read the table.
  `select c.*, (select g.origin from generations g where g.id = c.generation_id) as origin,
     (select jsonb_build_object('model', g.model, 'version', g.model_version) from generations g where g.id = c.generation_id) as made_with, null::jsonb as operation, null::jsonb as result, null::float8 as sent_ms_ago, 'leased' as state
   from claim_work($1::uuid[], $2::int[], $3, $4) c`,
);

/** Takes the lease of running tasks and copies whose next look is due, and of unknown ones that may have become clear. */
export const claimDue = (db: Runner, owner: string, limit: number): Promise<Claimed[]> => db.rows(claimPolls, [owner, LEASE_SECONDS, limit]);

// A look may die too; nobody but its lease knows.
export const isFree = `(w.lease_owner is null or w.lease_until <= clock_timestamp())`;

const claimPolls = statement(
  "leases.claim_due",
  Claimed,
  `with due as (
     select w.output_id, o.state from work w join outputs o on o.id = w.output_id
     where ${isFree}
       and ((o.state in ('leased', 'finalizing') and w.next_poll_at <= clock_timestamp()) or (o.state = 'unknown' and w.due_at <= clock_timestamp()))
     order by w.due_at limit $3 for update of w skip locked
   ), taken as (
     update work w set lease_owner = $1, lease_until = clock_timestamp() + make_interval(secs => $2::int),
       due_at = clock_timestamp() + make_interval(secs => $2::int)
     from due where w.output_id = due.output_id returning w.output_id, w.attempt, w.failures, w.cancel_requested, w.route, due.state
   )
   select w.output_id, w.attempt, w.state, ${details}, ${tried}
   from taken w join outputs o on o.id = w.output_id join generations g on g.id = o.generation_id
   join attempts a on a.output_id = w.output_id and a.attempt = w.attempt`,
);

/** Seconds until `claimDue` finds something; null if nothing waits. */
export const nextLookSeconds = async (db: Runner): Promise<number | null> => (await db.one(nextLook, [])).seconds;

const nextLook = statement(
  "leases.next_look",
  z.object({ seconds: z.number().nullable() }),
  `select extract(epoch from min(greatest(case o.state when 'unknown' then w.due_at else w.next_poll_at end, w.lease_until)) - clock_timestamp())::float8 as seconds
   from work w join outputs o on o.id = w.output_id
   where o.state = 'unknown' or (o.state in ('leased', 'finalizing') and w.next_poll_at is not null)`,
);

export interface Fence {
  readonly outputId: string;
  readonly attempt: number;
}

/** Marks attempts as sent, for as long as their leases live. Answers which of them did. */
export const markSent = (db: Runner, fences: readonly Fence[], owner: string): Promise<{ output_id: string }[]> =>
  db.rows(sent, [fences.map(({ outputId }) => outputId), fences.map(({ attempt }) => attempt), owner]);

const sent = statement("leases.mark_sent", z.object({ output_id: z.string() }), `select output_id from mark_sent($1::uuid[], $2::int[], $3)`);

/** Stores the vendor's own reference, and lets go of the lease: whoever is free looks next. Null if fenced. */
export const markAccepted = (db: Runner, fence: Fence & { operation: unknown; pollAfterSeconds: number; deadlineSeconds: number }, owner: string) =>
  db.maybe(accepted, [fence.outputId, fence.attempt, owner, JSON.stringify(fence.operation), fence.pollAfterSeconds, fence.deadlineSeconds]);

const accepted = statement(
  "leases.mark_accepted",
  z.object({ output_id: z.string() }),
  `with kept as (
     update work set lease_owner = null, lease_until = null, next_poll_at = clock_timestamp() + make_interval(secs => $5::float8),
       due_at = coalesce(deadline_at, clock_timestamp() + make_interval(secs => $6::float8))
     where output_id = $1 and attempt = $2 and lease_owner = $3 returning output_id, attempt
   )
   update attempts a set state = 'accepted', operation = $4::jsonb, accepted_at = coalesce(accepted_at, clock_timestamp())
   from kept where a.output_id = kept.output_id and a.attempt = kept.attempt returning a.output_id`,
);

/** Notes where the result waits: from here on the output is finalizing. Null if fenced. */
export const noteResult = (db: Runner, fence: Fence & { result: object }, owner: string) =>
  db.maybe(note, [fence.outputId, fence.attempt, owner, JSON.stringify(fence.result)]);

const note = statement("leases.note_result", z.object({ id: z.string() }), `select id from note_result($1, $2, $3, $4::jsonb)`);

/** Lets go of the lease: whoever is free goes on later. The state stays. Null if fenced. */
export const letWait = (db: Runner, fence: Fence & { afterSeconds: number }, owner: string) =>
  db.maybe(waiting, [fence.outputId, fence.attempt, owner, fence.afterSeconds]);

const waiting = statement(
  "leases.let_wait",
  z.object({ output_id: z.string() }),
  `update work w set lease_owner = null, lease_until = null,
     next_poll_at = case when o.state <> 'unknown' then clock_timestamp() + make_interval(secs => $4::float8) end,
     due_at = clock_timestamp() + make_interval(secs => $4::float8 + case when o.state = 'unknown' then 0 else 60 end)
   from outputs o where o.id = w.output_id and w.output_id = $1 and w.attempt = $2 and w.lease_owner = $3 returning w.output_id`,
);

/** Extends every lease of this worker that is still its own; what is missing from the answer is lost. */
export const heartbeat = (db: Runner, fences: readonly Fence[], owner: string): Promise<{ output_id: string; cancel_requested: boolean }[]> =>
  db.rows(beat, [fences.map(({ outputId }) => outputId), fences.map(({ attempt }) => attempt), owner, LEASE_SECONDS]);

const beat = statement(
  "leases.heartbeat",
  z.object({ output_id: z.string(), cancel_requested: z.boolean() }),
  `select output_id, cancel_requested from extend_leases($1::uuid[], $2::int[], $3, $4)`,
);

export interface Requeue extends Fence {
  readonly accountId: string;
  readonly afterSeconds: number;
  /** Whether this used up one of the output's chances. */
  readonly burn: boolean;
  readonly error: { readonly code: string; readonly message: string };
  /** By which it goes on. Default: as before. */
  readonly route?: Readonly<Record<string, unknown>> | null;
}

/** False if fenced. */
export const requeue = async (db: Runner, again: Requeue): Promise<boolean> =>
  (
    await db.one(requeueOne, [
      again.outputId,
      again.accountId,
      again.attempt,
      again.afterSeconds,
      again.burn,
      JSON.stringify(again.error),
      again.route ? JSON.stringify(again.route) : null,
    ])
  ).done;

// Locks the account.
const requeueOne = statement("leases.requeue", z.object({ done: z.boolean() }), `select requeue_output($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb) as done`);

/** False if fenced. */
export const markUnknown = async (db: Runner, fence: Fence & { accountId: string; why: string; lookAfterSeconds: number }): Promise<boolean> =>
  (await db.one(unknown, [fence.outputId, fence.accountId, fence.attempt, fence.why, fence.lookAfterSeconds])).done;

// Locks the account.
const unknown = statement("leases.mark_unknown", z.object({ done: z.boolean() }), `select mark_unknown($1, $2, $3, $4, $5) as done`);

export const reportProgress = (db: Runner, reports: readonly (Fence & { fraction: number })[]) =>
  db.rows(progress, [reports.map(({ outputId }) => outputId), reports.map(({ attempt }) => attempt), reports.map(({ fraction }) => fraction)]);

// Locks the accounts in the order of their ids.
const progress = statement("leases.report_progress", z.object({}), `select report_progress($1::uuid[], $2::int[], $3::real[])`);
