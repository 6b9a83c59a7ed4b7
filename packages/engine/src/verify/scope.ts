/** What a proof reads: everything, or what changed. The rules are written once, over these. */
export interface Scope {
  /** With `since` and `reach`: the events that are looked at, the first of them known already. */
  readonly accounts: string;
  readonly transfers: string;
  /** Sums of all transfers by account. */
  readonly flows: string;
  readonly lots: string;
  /** Those that hold something. */
  readonly reservations: string;
  readonly generations: string;
  readonly outputs: string;
  /** Of these outputs and generations. */
  readonly captures: string;
  readonly releases: string;
  readonly work: string;
  readonly holds: string;
  readonly eventsOfAccounts: string;
  readonly eventsOfGenerations: string;
}

export const sums = ["granted", "reserved", "captured", "released", "expired", "clawed_back"] as const;

const summed = `
  coalesce(sum(credits) filter (where kind = 'grant'), 0) as granted, coalesce(sum(credits) filter (where kind = 'reserve'), 0) as reserved,
  coalesce(sum(credits) filter (where kind = 'capture'), 0) as captured, coalesce(sum(credits) filter (where kind = 'release'), 0) as released,
  coalesce(sum(credits) filter (where kind = 'expire'), 0) as expired, coalesce(sum(credits) filter (where kind = 'clawback'), 0) as clawed_back`;

export const whole: Scope = {
  accounts: "(select *, 0::bigint as since, event_seq as reach from accounts)",
  transfers: "transfers",
  flows: `(select account_id, ${summed} from transfers group by account_id)`,
  lots: "lots",
  reservations: "(select * from reservations where open_credits > 0)",
  generations: "generations",
  outputs: "outputs",
  captures: "(select output_id, credits from transfers where kind = 'capture')",
  releases: "(select output_id, credits from transfers where kind = 'release')",
  work: "work",
  holds: "reservations",
  eventsOfAccounts: "events",
  eventsOfGenerations: "(select * from events where generation_id is not null)",
};

/** `$1` accounts, `$2` and `$3` their events from and to, `$4` the generations that these are about. */
const touched = "(select * from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as t (account_id, since, reach))";
const newTransfers = `(
  select t.* from unnest($1::uuid[]) as c (account_id) left join proofs p on p.account_id = c.account_id
  cross join lateral (select * from transfers t where t.account_id = c.account_id and t.id > coalesce(p.transfer_id, 0) offset 0) t)`;

// One by one, by index, whatever seems cheaper: `offset 0` is what keeps the planner from another way.
const ofOutputs = (rows: string): string => `(select s.* from outputs o cross join lateral (${rows} offset 0) s where o.generation_id = any($4::uuid[]))`;

export const changed: Scope = {
  accounts: `(select a.*, t.since, t.reach from ${touched} t join accounts a on a.id = t.account_id)`,
  transfers: newTransfers,
  flows: `(
    select account_id, ${sums.map((name) => `sum(${name}) as ${name}`).join(", ")} from (
      select account_id, ${sums.join(", ")} from proofs where account_id = any($1::uuid[])
      union all select account_id, ${summed} from ${newTransfers} n group by account_id) s
    group by account_id)`,
  lots: "(select * from lots where account_id = any($1::uuid[]))",
  reservations: `(
    select * from reservations where open_credits > 0 and id = any(array(
      select x.reservation_id from lots l join reservation_lots x on x.lot_id = l.id and x.open_credits > 0 where l.account_id = any($1::uuid[])
      union select unnest($4::uuid[]))))`,
  generations: "(select * from generations where id = any($4::uuid[]))",
  outputs: "(select * from outputs where generation_id = any($4::uuid[]))",
  captures: ofOutputs("select output_id, credits from transfers t where t.output_id = o.id and t.kind = 'capture'"),
  releases: ofOutputs("select output_id, credits from transfers t where t.output_id = o.id and t.kind = 'release'"),
  work: ofOutputs("select w.output_id from work w where w.output_id = o.id"),
  holds: "(select * from reservations where id = any($4::uuid[]))",
  eventsOfAccounts: `(
    select e.* from ${touched} t
    cross join lateral (select * from events e where e.account_id = t.account_id and e.seq between t.since and t.reach offset 0) e)`,
  eventsOfGenerations: "(select * from events where generation_id = any($4::uuid[]))",
};
