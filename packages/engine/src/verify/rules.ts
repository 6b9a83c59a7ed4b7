import type { Scope } from "./scope.ts";

/** Rules that are judged in one reading, row by row: `figures` gathers what they need, with the `account_id` it belongs to. */
export interface Reading {
  readonly name: string;
  readonly figures: (scope: Scope) => string;
  readonly rules: readonly Rule[];
  /** `streams`: tables of history side by side in the order of their keys, so that nothing has to be kept in memory. */
  readonly kind: "history" | "streams" | "live" | "whole";
}

export interface Rule {
  readonly invariant: string;
  readonly rule: string;
  /** In the columns of the figures, as `x`. */
  readonly broken: string;
}

// Whole numbers far below 2^53 are summed exactly, and a million sums take half the time of those of the type without a limit.
const sum = (column: string): string => `sum(${column}::float8)`;
const terminal = "type in ('generation.succeeded', 'generation.failed', 'generation.canceled')";

/** What must hold of any database at any moment. I6 and I7 are judged beside the provider's log and the storage. */
export const readings: readonly Reading[] = [
  {
    name: "accounts",
    kind: "history",
    figures: ({ accounts, flows, lots, reservations, eventsOfAccounts }) => `
      select a.id as account_id, a.available, a.held, a.spent, a.granted, a.expired, a.clawed_back, a.reach,
        coalesce(f.granted, 0) as flow_granted, coalesce(f.reserved, 0) as flow_reserved, coalesce(f.captured, 0) as flow_captured,
        coalesce(f.released, 0) as flow_released, coalesce(f.expired, 0) as flow_expired, coalesce(f.clawed_back, 0) as flow_clawed_back,
        coalesce(l.remaining, 0) as lots_remaining, coalesce(l.held, 0) as lots_held, coalesce(p.open, 0) as allocations_open,
        coalesce(r.open, 0) as reservations_open, e.events, e.first, e.last
      from ${accounts} a
      left join ${flows} f on f.account_id = a.id
      left join (select account_id, sum(remaining) as remaining, sum(held) as held from ${lots} s group by account_id) l on l.account_id = a.id
      left join (select s.account_id, sum(x.open_credits) as open from ${lots} s join reservation_lots x on x.lot_id = s.id and x.open_credits > 0
        group by s.account_id) p on p.account_id = a.id
      left join (select account_id, sum(open_credits) as open from ${reservations} s group by account_id) r on r.account_id = a.id
      left join (select account_id, count(*) as events, min(seq) as first, max(seq) as last from ${eventsOfAccounts} s group by account_id) e
        on e.account_id = a.id`,
    rules: [
      {
        invariant: "I1",
        rule: "available + held + spent = granted - expired - clawed back, and each equals its transfers",
        broken: `x.available + x.held + x.spent <> x.granted - x.expired - x.clawed_back or x.granted <> x.flow_granted or x.spent <> x.flow_captured
          or x.expired <> x.flow_expired or x.clawed_back <> x.flow_clawed_back or x.held <> x.flow_reserved - x.flow_captured - x.flow_released
          or x.available <> x.flow_granted - x.flow_reserved + x.flow_released - x.flow_expired - x.flow_clawed_back`,
      },
      {
        invariant: "I4",
        rule: "held = open reservations = open lot allocations, per account",
        broken: "x.held <> x.reservations_open or x.held <> x.lots_held or x.held <> x.allocations_open or x.available <> x.lots_remaining",
      },
      {
        invariant: "I8",
        rule: "the events of an account have no gap",
        broken: "x.events <> x.last - x.first + 1 or x.last <> x.reach",
      },
    ],
  },
  {
    name: "lots",
    kind: "history",
    figures: ({ lots }) => `
      select l.account_id, l.id as lot_id, l.business_key, l.granted, l.remaining, l.held, coalesce(p.open, 0) as allocations_open,
        count(*) over (partition by l.business_key) as grants
      from ${lots} l left join (
        select x.lot_id, sum(x.open_credits) as open from ${lots} s join reservation_lots x on x.lot_id = s.id and x.open_credits > 0
        group by x.lot_id) p on p.lot_id = l.id`,
    rules: [
      { invariant: "I1", rule: "what is granted for one reason is granted once", broken: "x.grants > 1" },
      { invariant: "I4", rule: "a lot holds what its allocations say", broken: "x.held <> x.allocations_open" },
    ],
  },
  {
    name: "transfers",
    kind: "history",
    figures: ({ transfers }) => `select account_id, id as transfer_id, kind, debit, credit, credits from ${transfers} t`,
    rules: [
      {
        invariant: "I2",
        rule: "every transfer takes from one ledger account what it gives to another, so that all of them sum to zero",
        broken: `x.credits <= 0 or (x.kind, x.debit, x.credit) not in (
          ('grant', 'grants', 'wallet'), ('reserve', 'wallet', 'held'), ('capture', 'held', 'revenue'),
          ('release', 'held', 'wallet'), ('expire', 'wallet', 'expired'), ('clawback', 'wallet', 'clawed_back'))`,
      },
    ],
  },
  {
    name: "outputs",
    kind: "streams",
    figures: ({ outputs, captures, releases, work }) => `
      select o.account_id, o.id as output_id, o.state, o.settled_at, o.credits, o.captured, o.released,
        coalesce(c.credits, 0) as transferred, coalesce(r.credits, 0) as returned, w.output_id is not null as has_work
      from ${outputs} o
      left join ${captures} c on c.output_id = o.id left join ${releases} r on r.output_id = o.id left join ${work} w on w.output_id = o.id`,
    rules: [
      {
        invariant: "I3",
        rule: "every terminal output is settled exactly once, and no other is",
        broken: `(x.settled_at is not null) <> (x.state in ('delivered', 'refused', 'failed', 'canceled', 'written_off'))
          or x.captured <> x.transferred or x.released <> x.returned or (x.settled_at is not null and x.captured + x.released <> x.credits)
          or (x.state <> 'delivered' and x.captured <> 0)`,
      },
      { invariant: "I3", rule: "what is delivered is charged", broken: "x.state = 'delivered' and x.credits > 0 and x.captured = 0" },
      {
        invariant: "I9",
        rule: "nothing that is unsettled is without work, and nothing settled has some",
        broken: "(x.settled_at is null) <> x.has_work",
      },
    ],
  },
  {
    name: "generations",
    kind: "streams",
    figures: ({ generations, outputs, holds }) => `
      select g.account_id, g.id as generation_id, g.status, g.quoted, g.charged, g.released, g.output_count, g.finished_at,
        coalesce(s.outputs, 0) as outputs, coalesce(s.credits, 0) as credits, coalesce(s.captured, 0) as captured, coalesce(s.returned, 0) as returned,
        coalesce(s.unsettled, 0) as unsettled, coalesce(s.unsettled_credits, 0) as unsettled_credits, coalesce(s.delivered, 0) as delivered,
        coalesce(r.credits, 0) as reserved, coalesce(r.open_credits, 0) as open_credits
      from ${generations} g
      left join (
        select generation_id, count(*) as outputs, ${sum("credits")} as credits, ${sum("captured")} as captured, ${sum("released")} as returned,
          count(*) filter (where settled_at is null) as unsettled, ${sum("credits")} filter (where settled_at is null) as unsettled_credits,
          count(*) filter (where state = 'delivered') as delivered
        from ${outputs} o group by generation_id) s on s.generation_id = g.id
      left join ${holds} r on r.id = g.id`,
    rules: [
      {
        invariant: "I3",
        rule: "a generation's figures are those of its outputs",
        broken: `x.quoted <> x.credits or x.charged <> x.captured or x.released <> x.returned or x.output_count <> x.outputs
          or (x.finished_at is null) <> (x.unsettled > 0) or (x.status = 'succeeded') <> (x.unsettled = 0 and x.delivered > 0)`,
      },
      {
        invariant: "I4",
        rule: "a reservation is open exactly as far as its outputs are not settled",
        broken: "x.reserved <> x.quoted or x.open_credits <> x.unsettled_credits",
      },
    ],
  },
  {
    name: "endings",
    kind: "streams",
    figures: ({ generations, eventsOfGenerations }) => `
      select g.account_id, g.id as generation_id, g.status, g.finished_at, e.terminals, e.last_terminal, e.last, e.whole
      from ${generations} g join (
        select generation_id, count(*) filter (where ${terminal}) as terminals, max(seq) filter (where ${terminal}) as last_terminal,
          max(seq) as last, bool_or(type = 'generation.queued') as whole
        from ${eventsOfGenerations} o group by generation_id) e on e.generation_id = g.id`,
    rules: [
      {
        invariant: "I8",
        rule: "a finished generation has one terminal event, its last; an open one has none",
        broken: "x.whole and (x.terminals <> (x.finished_at is not null)::int or (x.last_terminal is not null and x.last_terminal <> x.last))",
      },
    ],
  },
  {
    // Written once, by the statement that writes the generation, and never changed.
    name: "keys",
    kind: "whole",
    figures: () => `
      select k.account_id, k.key, k.generation_id, g.id is null as missing, g.request_hash = k.request_hash as same_request, g.account_id = k.account_id as own
      from idempotency_keys k left join generations g on g.id = k.generation_id`,
    rules: [
      { invariant: "I5", rule: "every remembered request has its generation, with the same hash", broken: "x.missing or not x.same_request or not x.own" },
    ],
  },
  {
    // Accept asks no foreign keys: whoever writes these rows has just written or locked what they refer to.
    name: "references",
    kind: "whole",
    figures: () => `
      select x.account_id, 'generations' as refers, x.id, x.account_id as missing from generations x left join accounts y on y.id = x.account_id where y.id is null
      union all select x.account_id, 'outputs', x.id, x.generation_id from outputs x
        left join generations y on y.id = x.generation_id and y.account_id = x.account_id where y.id is null
      union all select x.account_id, 'work', x.output_id, x.output_id from work x
        left join outputs y on y.id = x.output_id and y.account_id = x.account_id where y.id is null
      union all select null, 'attempts', x.output_id, x.output_id from attempts x left join outputs y on y.id = x.output_id where y.id is null
      union all select x.account_id, 'events', x.generation_id, x.account_id from events x left join accounts y on y.id = x.account_id where y.id is null
      union all select x.account_id, 'transfers', x.generation_id, x.account_id from transfers x
        left join accounts y on y.id = x.account_id where y.id is null
      union all select x.account_id, 'transfers', x.output_id, x.generation_id from transfers x
        left join generations y on y.id = x.generation_id and y.account_id = x.account_id where x.generation_id is not null and y.id is null
      union all select x.account_id, 'reservations', x.id, x.id from reservations x
        left join generations y on y.id = x.id and y.account_id = x.account_id where y.id is null
      union all select null, 'reservation_lots', x.reservation_id, x.reservation_id from reservation_lots x
        left join reservations y on y.id = x.reservation_id where y.id is null
      union all select null, 'reservation_lots', x.reservation_id, x.lot_id from reservation_lots x left join lots y on y.id = x.lot_id where y.id is null`,
    rules: [{ invariant: "I5", rule: "nothing refers to what does not exist", broken: "x.id is not null or x.missing is not null" }],
  },
  {
    name: "work",
    kind: "live",
    figures: () => `
      select w.account_id, w.output_id, o.state, o.attempt, w.attempt as work_attempt, w.lease_owner, w.lease_until, w.next_poll_at, w.due_at
      from work w join outputs o on o.id = w.output_id`,
    rules: [
      { invariant: "I9", rule: "nothing past its deadline is idle", broken: "x.due_at < now() - interval '60 seconds' and x.state <> 'unknown'" },
      {
        invariant: "I9",
        rule: "only an output in hand has a lease, and its fence is the work's",
        broken: `(x.lease_owner is not null and x.state = 'queued') or (x.state <> 'queued' and x.attempt <> x.work_attempt)
          or (x.state in ('leased', 'finalizing') and x.lease_owner is null and x.next_poll_at is null)`,
      },
    ],
  },
];
