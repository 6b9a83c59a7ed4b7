import { z } from "zod";
import { statement, type Runner } from "../db/index.ts";

export interface Gauges {
  /** Outputs that have not settled. `oldest_seconds`: since the oldest of them was accepted; `credits`: what is held for them. */
  readonly live: readonly { state: string; outputs: number; oldest_seconds: number; leased: number; credits: number }[];
  /** Not yet handed to the queue. */
  readonly outbox: number;
  /** Open dead letters. */
  readonly dead: number;
  /** Rules that a proof found broken, each once for every account. */
  readonly broken: number;
  /** Accounts that changed since they were last proven. */
  readonly unproven: number;
}

/** Figures of what is under way: nothing here reads history, so it costs the same however old the database is. */
export async function readGauges(db: Runner): Promise<Gauges> {
  const [live, waiting] = await Promise.all([db.rows(countLive, []), db.one(countWaiting, [])]);
  return { live, ...waiting };
}

const countLive = statement(
  "gauges.live",
  z.object({ state: z.string(), outputs: z.number(), oldest_seconds: z.number(), leased: z.number(), credits: z.number() }),
  `select o.state, count(*)::int as outputs, extract(epoch from clock_timestamp() - min(g.created_at))::float8 as oldest_seconds,
     (count(*) filter (where w.lease_until > clock_timestamp()))::int as leased, sum(o.credits)::bigint as credits
   from work w join outputs o on o.id = w.output_id join generations g on g.id = o.generation_id group by o.state`,
);

const countWaiting = statement(
  "gauges.waiting",
  z.object({ outbox: z.number(), dead: z.number(), broken: z.number(), unproven: z.number() }),
  `select (select count(*) from outbox)::int as outbox, (select count(*) from dead_letters where resolution is null)::int as dead,
     (select count(*) from broken_rules)::int as broken, (select count(*) from unproven)::int as unproven`,
);

export interface Settled {
  /** Where the next count goes on from. */
  readonly last: number;
  readonly moved: readonly { kind: string; transfers: number; credits: number }[];
}

/**
 * What was moved after `last`; null: nothing, but where one stands. Ten seconds late, so that a transaction which took
 * its id early and committed late is counted too.
 */
export const readSettled = (db: Runner, last: number | null): Promise<Settled> => db.one(countSettled, [last]);

const countSettled = statement(
  "gauges.settled",
  z.object({ last: z.number(), moved: z.array(z.object({ kind: z.string(), transfers: z.number(), credits: z.number() })) }),
  `with since as (select coalesce($1::bigint, (select max(id) from transfers), 0) as id),
   seen as (
     select t.id, t.kind, t.credits from transfers t, since where t.id > since.id and t.created_at < clock_timestamp() - interval '10 seconds'
   )
   select coalesce((select max(id) from seen), (select id from since)) as last,
     (select coalesce(jsonb_agg(jsonb_build_object('kind', k.kind, 'transfers', k.transfers, 'credits', k.credits)), '[]')
      from (select kind, count(*) as transfers, sum(credits)::bigint as credits from seen group by kind) k) as moved`,
);
