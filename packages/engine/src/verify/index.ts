import { z } from "zod";
import { statement, type Runner, type Statement } from "../db/index.ts";
import type { Violation } from "./violation.ts";

export type { Violation } from "./violation.ts";
export * from "./provider-log.ts";

const SHOWN = 20;
const Offender = z.record(z.string(), z.unknown());

interface Invariant {
  readonly name: string;
  readonly rule: string;
  readonly offenders: Statement<typeof Offender>;
}

const invariant = (name: string, rule: string, text: string): Invariant => ({
  name,
  rule,
  offenders: statement(`verify.${name.toLowerCase()}.${rule.replaceAll(/\W+/g, "_").slice(0, 40)}`, Offender, `${text} limit ${SHOWN + 1}`),
});

const flows = `
  select account_id,
    coalesce(sum(credits) filter (where kind = 'grant'), 0) as granted, coalesce(sum(credits) filter (where kind = 'reserve'), 0) as reserved,
    coalesce(sum(credits) filter (where kind = 'capture'), 0) as captured, coalesce(sum(credits) filter (where kind = 'release'), 0) as released,
    coalesce(sum(credits) filter (where kind = 'expire'), 0) as expired, coalesce(sum(credits) filter (where kind = 'clawback'), 0) as clawed_back
  from transfers group by account_id`;

/** What must hold of any database at any moment. I6 needs the provider's own log and is checked where that exists. */
const invariants: readonly Invariant[] = [
  invariant(
    "I1",
    "available + held + spent = granted - expired - clawed back, and each equals its transfers",
    `
    select a.id as account_id, a.available, a.held, a.spent, a.granted, a.expired, a.clawed_back, f.*
    from accounts a left join (${flows}) f on f.account_id = a.id
    where a.available + a.held + a.spent <> a.granted - a.expired - a.clawed_back
      or a.granted <> coalesce(f.granted, 0) or a.spent <> coalesce(f.captured, 0)
      or a.held <> coalesce(f.reserved - f.captured - f.released, 0) or a.expired <> coalesce(f.expired, 0)
      or a.available <> coalesce(f.granted - f.reserved + f.released - f.expired - f.clawed_back, 0)`,
  ),
  invariant(
    "I1",
    "what is granted for one reason is granted once",
    `
    select business_key, count(*) as lots, sum(granted) as granted from lots group by business_key having count(*) > 1`,
  ),
  invariant(
    "I2",
    "every transfer sums to zero",
    `
    select transfer_id, sum(amount) as sum from entries group by transfer_id having sum(amount) <> 0`,
  ),
  invariant(
    "I2",
    "the ledger sums to zero",
    `
    select sum(amount) as sum from entries having coalesce(sum(amount), 0) <> 0`,
  ),
  invariant(
    "I3",
    "every terminal output is settled exactly once, and no other is",
    `
    select o.id as output_id, o.state, o.credits, o.captured, o.released, t.captured as transferred, t.released as returned
    from outputs o left join (
      select output_id, coalesce(sum(credits) filter (where kind = 'capture'), 0) as captured,
        coalesce(sum(credits) filter (where kind = 'release'), 0) as released
      from transfers where output_id is not null group by output_id) t on t.output_id = o.id
    where (o.settled_at is not null) <> (o.state in ('delivered', 'refused', 'failed', 'canceled', 'written_off'))
      or o.captured <> coalesce(t.captured, 0) or o.released <> coalesce(t.released, 0)
      or (o.settled_at is not null and o.captured + o.released <> o.credits)
      or (o.state <> 'delivered' and o.captured <> 0)`,
  ),
  invariant(
    "I3",
    "what is delivered is charged",
    `
    select id as output_id, credits, captured from outputs where state = 'delivered' and credits > 0 and captured = 0`,
  ),
  invariant(
    "I3",
    "a generation's figures are those of its outputs",
    `
    select g.id as generation_id, g.status, g.quoted, g.charged, g.released, s.*
    from generations g join (
      select generation_id, sum(credits) as credits, sum(captured) as captured, sum(released) as returned,
        count(*) as outputs, count(*) filter (where settled_at is null) as unsettled, count(*) filter (where state = 'delivered') as delivered
      from outputs group by generation_id) s on s.generation_id = g.id
    where g.quoted <> s.credits or g.charged <> s.captured or g.released <> s.returned or g.output_count <> s.outputs
      or (g.finished_at is null) <> (s.unsettled > 0) or (g.status = 'succeeded') <> (s.unsettled = 0 and s.delivered > 0)`,
  ),
  invariant(
    "I4",
    "held = open reservations = open lot allocations, per account",
    `
    select a.id as account_id, a.held, r.open as reservations, l.held as lots, l.remaining, p.open as allocations
    from accounts a
    left join (select account_id, sum(open_credits) as open from reservations group by account_id) r on r.account_id = a.id
    left join (select account_id, sum(held) as held, sum(remaining) as remaining from lots group by account_id) l on l.account_id = a.id
    left join (select r.account_id, sum(x.open_credits) as open from reservation_lots x join reservations r on r.id = x.reservation_id
      group by r.account_id) p on p.account_id = a.id
    where a.held <> coalesce(r.open, 0) or a.held <> coalesce(l.held, 0) or a.held <> coalesce(p.open, 0) or a.available <> coalesce(l.remaining, 0)`,
  ),
  invariant(
    "I4",
    "a lot holds what its allocations say",
    `
    select l.id as lot_id, l.held, coalesce(sum(x.open_credits), 0) as allocations
    from lots l left join reservation_lots x on x.lot_id = l.id group by l.id having l.held <> coalesce(sum(x.open_credits), 0)`,
  ),
  invariant(
    "I4",
    "a reservation is open exactly as far as its outputs are not settled",
    `
    select r.id as generation_id, r.state, r.open_credits, sum(o.credits) filter (where o.settled_at is null) as unsettled
    from reservations r join outputs o on o.generation_id = r.id group by r.id
    having r.open_credits <> coalesce(sum(o.credits) filter (where o.settled_at is null), 0)`,
  ),
  invariant(
    "I5",
    "every remembered request has its generation, with the same hash",
    `
    select k.account_id, k.key, k.generation_id from idempotency_keys k left join generations g on g.id = k.generation_id
    where g.id is null or g.request_hash <> k.request_hash or g.account_id <> k.account_id`,
  ),
  invariant(
    "I8",
    "the events of an account have no gap",
    `
    select account_id, count(*) as events, min(seq) as first, max(seq) as last from events group by account_id
    having count(*) <> max(seq) - min(seq) + 1`,
  ),
  invariant(
    "I8",
    "a finished generation has one terminal event, its last; an open one has none",
    `
    select g.id as generation_id, g.status, s.terminals, s.last_terminal, s.last
    from generations g join (
      select generation_id, count(*) filter (where type in ('generation.succeeded', 'generation.failed', 'generation.canceled')) as terminals,
        max(seq) filter (where type in ('generation.succeeded', 'generation.failed', 'generation.canceled')) as last_terminal,
        max(seq) as last, bool_or(type = 'generation.queued') as whole
      from events where generation_id is not null group by generation_id) s on s.generation_id = g.id
    where s.whole and (s.terminals <> (g.finished_at is not null)::int or (s.last_terminal is not null and s.last_terminal <> s.last))`,
  ),
  invariant(
    "I9",
    "nothing that is unsettled is without work, and nothing settled has some",
    `
    select o.id as output_id, o.state, w.output_id is not null as has_work from outputs o left join work w on w.output_id = o.id
    where (o.settled_at is null and w.output_id is null) or (o.settled_at is not null and w.output_id is not null)`,
  ),
  invariant(
    "I9",
    "nothing past its deadline is idle",
    `
    select w.output_id, o.state, w.due_at, w.lease_until from work w join outputs o on o.id = w.output_id
    where w.due_at < clock_timestamp() - interval '60 seconds' and o.state <> 'unknown'`,
  ),
  invariant(
    "I9",
    "only an output in hand has a lease, and its fence is the work's",
    `
    select w.output_id, o.state, o.attempt, w.attempt as work_attempt, w.lease_owner from work w join outputs o on o.id = w.output_id
    where (w.lease_owner is not null and o.state = 'queued') or (o.state <> 'queued' and o.attempt <> w.attempt)
      or (o.state in ('leased', 'finalizing') and w.lease_owner is null and w.next_poll_at is null)`,
  ),
];

/** Delivered outputs and what must be in storage for each; a page at a time, for whoever can read objects. */
export const listDelivered = (db: Runner, after: string | null, limit: number) => db.rows(delivered, [after, limit]);

const delivered = statement(
  "verify.i7.delivered",
  z.object({ id: z.string(), storage_key: z.string(), bytes: z.number(), sha256: z.string() }),
  `select id, storage_key, bytes, encode(sha256, 'hex') as sha256 from outputs
   where state = 'delivered' and media_deleted_at is null and ($1::uuid is null or id > $1)
     and not exists (select from generations g where g.id = outputs.generation_id and g.deleted_at is not null)
   order by id limit $2`,
);

/** The oracle: every rule that is broken, with the rows that break it. Empty when all is well. */
export async function verifyBooks(db: Runner): Promise<{ violations: Violation[]; checked: number }> {
  const violations: Violation[] = [];
  for (const { name, rule, offenders } of invariants) {
    const rows = await db.rows(offenders, []);
    if (rows.length > 0) violations.push({ invariant: name, rule, count: rows.length, rows: rows.slice(0, SHOWN) });
  }
  return { violations, checked: invariants.length };
}
