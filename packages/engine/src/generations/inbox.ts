import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";
import type { Heard } from "../ports/index.ts";
import { Claimed, details, isFree, LEASE_SECONDS, tried } from "./leases.ts";

/** Keeps what a vendor said. False: it is known already. */
export async function receive(db: Runner, provider: string, heard: Heard): Promise<boolean> {
  const { eventId, outputId, taskId, operation = null, sight } = heard;
  const [how, what] = [operation, sight].map((one) => (one === null ? null : JSON.stringify(one)));
  return (await db.maybe(insert, [provider, eventId, outputId, taskId, how, what])) !== null;
}

const insert = statement(
  "inbox.receive",
  z.object({ id: z.number() }),
  `insert into inbox (provider, event_id, output_id, task_id, operation, sight) values ($1, $2, $3, $4, $5::jsonb, $6::jsonb)
   on conflict (provider, event_id) do nothing returning id`,
);

/** How long a message that is about nobody is kept open: our own answer may still be on its way into the database. */
const ORPHAN_SECONDS = 600;
const RETRY_SECONDS = 0.5;

/** Closes what needs no work: of settled outputs, of older attempts, of nobody, and mere hints, whose look is brought forward and is of the task that they name. */
export const closeIdle = (db: Runner, limit: number): Promise<{ id: number }[]> => db.rows(close, [limit, ORPHAN_SECONDS]);

const addressed = `
  select i.id, i.provider, i.operation, i.sight, i.received_at, m.output_id, m.attempt from inbox i
  left join lateral (
    select a.output_id, a.attempt from attempts a
    where (i.task_id is not null and a.provider = i.provider and a.operation ->> 'id' = i.task_id) or a.output_id = i.output_id
    order by (a.operation ->> 'id') is not distinct from i.task_id desc, a.attempt desc limit 1) m on true
  where i.closed_at is null and i.due_at <= clock_timestamp() order by i.due_at limit $1 for update of i skip locked`;

const close = statement(
  "inbox.close_idle",
  z.object({ id: z.number() }),
  `with open as (${addressed}), judged as (
     select open.id, open.output_id, open.attempt, open.operation, case
         when open.output_id is null then case when open.received_at < clock_timestamp() - make_interval(secs => $2::int) then 'orphan' end
         when o.settled_at is not null then 'late'
         when o.attempt > open.attempt then 'stale'
         when open.sight is null then 'asked' end as outcome
     from open left join outputs o on o.id = open.output_id
   ), found as (
     update attempts a set operation = judged.operation from judged
     where judged.outcome = 'asked' and a.output_id = judged.output_id and a.attempt = judged.attempt and a.operation is null and judged.operation is not null
   ), asked as (
     update work w set next_poll_at = case when w.next_poll_at is not null then clock_timestamp() end,
       due_at = case when w.next_poll_at is null then clock_timestamp() else w.due_at end
     from judged where judged.outcome = 'asked' and w.output_id = judged.output_id and w.lease_owner is null
   )
   update inbox i set closed_at = clock_timestamp(), outcome = judged.outcome
   from judged where i.id = judged.id and judged.outcome is not null returning i.id`,
);

const HeardWork = Claimed.extend({ inbox_id: z.number(), sight: z.record(z.string(), z.unknown()) });
export type HeardWork = z.infer<typeof HeardWork>;

/** Takes the lease of outputs that a verdict has come for; what somebody has in hand comes again in a moment. */
export const claimHeard = (db: Runner, owner: string, limit: number): Promise<HeardWork[]> => db.rows(claim, [limit, owner, LEASE_SECONDS, RETRY_SECONDS]);

const claim = statement(
  "inbox.claim",
  HeardWork,
  `with open as (${addressed}), one as (
     select distinct on (output_id) id, output_id, attempt, sight from open where output_id is not null and sight is not null order by output_id, id
   ), later as (
     update inbox i set due_at = clock_timestamp() + make_interval(secs => $4::float8) from open where i.id = open.id
   ), free as (
     select w.output_id, one.id, one.sight, o.state from one join work w on w.output_id = one.output_id and w.attempt = one.attempt
     join outputs o on o.id = w.output_id
     where ${isFree} and o.state in ('leased', 'finalizing', 'unknown') and (o.state = 'unknown' or w.next_poll_at is not null) for update of w skip locked
   ), taken as (
     update work w set lease_owner = $2, lease_until = clock_timestamp() + make_interval(secs => $3::int),
       due_at = clock_timestamp() + make_interval(secs => $3::int)
     from free where w.output_id = free.output_id
     returning w.output_id, w.attempt, w.failures, w.cancel_requested, w.route, free.state, free.id as inbox_id, free.sight
   )
   select w.output_id, w.attempt, w.state, w.inbox_id, coalesce(w.sight, '{}') as sight, ${details}, ${tried}
   from taken w join outputs o on o.id = w.output_id join generations g on g.id = o.generation_id
   join attempts a on a.output_id = w.output_id and a.attempt = w.attempt`,
);

export const closeHeard = (db: Runner, id: number): Promise<{ id: number } | null> => db.maybe(closeOne, [id]);

const closeOne = statement(
  "inbox.close",
  z.object({ id: z.number() }),
  `update inbox set closed_at = clock_timestamp(), outcome = 'applied' where id = $1 and closed_at is null returning id`,
);

/** Seconds until something open is due; null if nothing is open. */
export const nextHeardSeconds = async (db: Runner): Promise<number | null> => (await db.one(next, [])).seconds;

const next = statement(
  "inbox.next_due",
  z.object({ seconds: z.number().nullable() }),
  // Not by greatest(), which takes no answer for none: an empty inbox is not due.
  `select extract(epoch from min(due_at) - clock_timestamp())::float8 as seconds from inbox where closed_at is null`,
);
