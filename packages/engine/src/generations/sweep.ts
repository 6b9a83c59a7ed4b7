import { z } from "zod";
import { statement, type Database, type Doorbell } from "../db/index.ts";
import { expireLots } from "../ledger/index.ts";
import type { ObjectStore, Provider } from "../ports/index.ts";
import { markUnknown, requeue } from "./leases.ts";
import { forgetMedia, listPurgedMedia } from "./remove.ts";
import { ATTEMPTS_MAX, backoffSeconds } from "./retry.ts";
import { settle } from "./settle.ts";
import { UNKNOWN_FIRST_LOOK_SECONDS } from "./retry.ts";
import { sweepUploads } from "../uploads/records.ts";

export interface SweepParts {
  readonly db: Database;
  readonly doorbell: Pick<Doorbell, "ring">;
  /** What a second start costs, by provider: the facts alone, the sweeper calls nobody. */
  readonly resubmit: ReadonlyMap<string, Provider["resubmit"]>;
}

const Overdue = z.object({
  output_id: z.string(),
  account_id: z.string(),
  attempt: z.number(),
  state: z.enum(["queued", "leased", "finalizing"]),
  leased: z.boolean(),
  failures: z.number(),
  provider: z.string().nullable(),
  attempt_state: z.string().nullable(),
});
type Overdue = z.infer<typeof Overdue>;

export interface SweepReport {
  readonly reissued: number;
  readonly requeued: number;
  readonly unknown: number;
  readonly failed: number;
}

const BATCH_MAX = 200;

/**
 * Puts work back on its way that nobody moves: a lost message, a dead lease, a silent provider. Age is no verdict: what a
 * provider may have accepted, and may bill again, becomes `unknown` and keeps its hold.
 */
export async function sweepOverdue(parts: SweepParts): Promise<SweepReport> {
  const { db, doorbell } = parts;
  const overdue = await db.rows(listOverdue, [BATCH_MAX]);
  const lost = overdue.filter(({ state }) => state === "queued");
  if (lost.length > 0) await db.rows(reissue, [lost.map(({ output_id }) => output_id)]);
  const report = { reissued: lost.length, requeued: 0, unknown: 0, failed: 0 };
  for (const work of overdue) if (work.state !== "queued") report[await takeUp(parts, work)] += 1;
  if (overdue.length > 0) {
    doorbell.ring("outbox");
    doorbell.ring("events");
  }
  return report;
}

async function takeUp({ db, resubmit }: SweepParts, work: Overdue): Promise<"requeued" | "unknown" | "failed"> {
  const fence = { outputId: work.output_id, accountId: work.account_id, attempt: work.attempt };
  if ((work.attempt_state === "accepted" && work.leased) || work.state === "finalizing") {
    await db.rows(lookAgain, [work.output_id, work.attempt]);
    return "requeued";
  }
  const isLast = work.failures + 1 >= ATTEMPTS_MAX;
  if (!isHarmless(work, resubmit.get(work.provider ?? "") ?? "billed", isLast)) {
    await markUnknown(db, { ...fence, why: "The worker was lost before the provider's answer was recorded.", lookAfterSeconds: UNKNOWN_FIRST_LOOK_SECONDS });
    return "unknown";
  }
  const error = { code: "provider_failed" as const, message: "The worker was lost while it worked on this." };
  if (isLast) {
    await settle(db, [{ ...fence, state: "failed", error, dead: true }]);
    return "failed";
  }
  await requeue(db, { ...fence, afterSeconds: work.failures === 0 ? 0 : backoffSeconds(work.failures), burn: true, error });
  return "requeued";
}

/** Whether to give this attempt up can cost nobody anything. The last one of a keyed provider can: nobody asks again. */
function isHarmless({ attempt_state }: Overdue, resubmit: Provider["resubmit"], isLast: boolean): boolean {
  if (attempt_state === "prepared") return true;
  return attempt_state === "sent" && (resubmit === "free" || (resubmit === "keyed" && !isLast));
}

const listOverdue = statement(
  "sweep.list_overdue",
  Overdue,
  `select w.output_id, w.account_id, o.attempt, o.state, w.lease_owner is not null as leased, w.failures, a.provider, a.state as attempt_state
   from work w join outputs o on o.id = w.output_id left join attempts a on a.output_id = o.id and a.attempt = o.attempt
   where w.due_at <= clock_timestamp() and o.state in ('queued', 'leased', 'finalizing') order by w.due_at limit $1`,
);

// The longer an output has waited, the rarer it is announced again: a long queue is not a lost message.
const reissue = statement(
  "sweep.reissue",
  z.object({ output_id: z.string() }),
  `with late as (
     update work w set due_at = clock_timestamp() + greatest(interval '15 seconds', least(interval '5 minutes', clock_timestamp() - w.run_at))
     from outputs o where o.id = w.output_id and w.output_id = any($1::uuid[]) and o.state = 'queued' and w.due_at <= clock_timestamp()
     returning w.output_id, w.attempt
   )
   insert into outbox (output_id, attempt) select output_id, attempt from late returning output_id`,
);

const lookAgain = statement(
  "sweep.look_again",
  z.object({ output_id: z.string() }),
  `update work w set lease_owner = null, lease_until = null, next_poll_at = clock_timestamp(),
     due_at = case o.state when 'finalizing' then clock_timestamp() + interval '1 minute' else coalesce(deadline_at, clock_timestamp() + interval '1 minute') end
   from outputs o where o.id = w.output_id and w.output_id = $1 and w.attempt = $2 and (w.lease_until is null or w.lease_until < clock_timestamp())
   returning w.output_id`,
);

export interface HousekeepingReport {
  readonly lotsExpired: number;
  readonly pruned: number;
  readonly mediaDeleted: number;
  /** Objects of uploads that nobody confirmed or used. */
  readonly uploadsDeleted: number;
}

/** Expired credit, old idempotency keys, login sessions and events, the media of deleted generations, and uploads that nobody uses. */
export async function keepHouse(db: Database, store: ObjectStore): Promise<HousekeepingReport> {
  const lotsExpired = await expireLots(db, 100);
  const { pruned } = await db.one(prune, []);
  const purged = await listPurgedMedia(db, 200);
  if (purged.length > 0) {
    await store.remove(purged.flatMap(({ keys }) => keys));
    await forgetMedia(
      db,
      purged.map(({ output_id }) => output_id),
    );
  }
  const unused = await sweepUploads(db, 200);
  // What fails here goes with the orphans: no row points to it any more.
  if (unused.length > 0) await store.remove(unused);
  return { lotsExpired, pruned, mediaDeleted: purged.length, uploadsDeleted: unused.length };
}

// Events go from the oldest of an account, so that what is left has no gap.
const prune = statement(
  "sweep.prune",
  z.object({ pruned: z.number() }),
  `with keys as (
     delete from idempotency_keys where (account_id, key) in (
       select account_id, key from idempotency_keys where created_at < clock_timestamp() - interval '48 hours' limit 1000) returning 1
   ), sessions as (
     delete from auth_sessions where id in (select id from auth_sessions where expires_at < clock_timestamp() limit 1000) returning 1
   ), windows as (
     delete from rate_windows where (key, window_start) in (
       select key, window_start from rate_windows where window_start < clock_timestamp() - interval '5 minutes' limit 5000) returning 1
   ), heard as (
     delete from inbox where id in (
       select id from inbox where received_at < clock_timestamp() - interval '30 days' and closed_at is not null limit 1000) returning 1
   ), old as (
     delete from events e using (
       select account_id, max(seq) as seq from (
         select account_id, seq from events where created_at < clock_timestamp() - interval '30 days' order by created_at limit 1000) o
       group by account_id) last
     where e.account_id = last.account_id and e.seq <= last.seq returning 1
   )
   select (select count(*) from keys) + (select count(*) from sessions) + (select count(*) from windows) + (select count(*) from heard)
     + (select count(*) from old) as pruned`,
);
