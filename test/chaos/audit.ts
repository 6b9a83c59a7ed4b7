/** Who moved what: a trigger of the rig's own in the database, which tells the processes apart by their `application_name`. */
import type pg from "pg";

const SET_UP = `
create schema chaos;
create table chaos.moves (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  who text not null,
  kind text not null,
  output_id uuid not null,
  attempt int not null,
  state text,
  leased boolean,
  early boolean not null default false
);
create index on chaos.moves (output_id, id);
create function chaos.note_work() returns trigger language plpgsql as $$
begin
  insert into chaos.moves (who, kind, output_id, attempt, leased, early)
    values (current_setting('application_name'), 'lease', new.output_id, new.attempt, new.lease_owner is not null,
      coalesce(old.lease_until > clock_timestamp(), false));
  return null;
end $$;
create function chaos.note_output() returns trigger language plpgsql as $$
begin
  insert into chaos.moves (who, kind, output_id, attempt, state) values (current_setting('application_name'), 'state', new.id, new.attempt, new.state);
  return null;
end $$;
create function chaos.note_outbox() returns trigger language plpgsql as $$
begin
  insert into chaos.moves (who, kind, output_id, attempt) values (current_setting('application_name'), 'announced', new.output_id, new.attempt);
  return null;
end $$;
create trigger chaos_outbox after insert on outbox for each row execute function chaos.note_outbox();
create trigger chaos_work after update on work for each row when (old.lease_owner is distinct from new.lease_owner) execute function chaos.note_work();
create trigger chaos_output after update on outputs for each row
  when (old.state is distinct from new.state or old.attempt is distinct from new.attempt) execute function chaos.note_output();
`;

export const setUpAudit = async (pool: pg.Pool): Promise<void> => void (await pool.query(SET_UP));

export interface Taken {
  readonly output_id: string;
  readonly attempt: number;
  /** When somebody else touched it; null: nobody has. */
  readonly taken_at: Date | null;
}

/** What this process had in hand at that moment, and when somebody else took it up. */
export async function heldBy(pool: pg.Pool, who: string, at: Date): Promise<Taken[]> {
  const reply = await pool.query<Taken>(HELD, [who, at]);
  return reply.rows;
}

const HELD = `
with last as (
  select distinct on (output_id) output_id, attempt, who, leased, id from chaos.moves where kind = 'lease' and at <= $2 order by output_id, id desc
)
select last.output_id, last.attempt, next.at as taken_at
from last join outputs o on o.id = last.output_id
left join lateral (
  select m.who, m.at from chaos.moves m where m.output_id = last.output_id and m.id > last.id and m.kind <> 'announced' and m.at > $2 order by m.id limit 1) next on true
where last.leased and last.who = $1
  -- What it had asked the database by then, it may still be heard to say.
  and next.who is distinct from $1
  and not exists (select from chaos.moves m where m.output_id = last.output_id and m.id > last.id and m.at <= $2 and m.kind = 'state' and m.state in ('delivered', 'refused', 'failed', 'canceled'))`;

export interface Foreign {
  readonly who: string;
  readonly output_id: string;
  readonly attempt: number;
  readonly state: string;
}

/** Writes of workers to attempts that they never held: what a fence is there to refuse. */
export async function foreignWrites(pool: pg.Pool): Promise<Foreign[]> {
  const reply = await pool.query<Foreign>(`
    select m.who, m.output_id, m.attempt, m.state from chaos.moves m
    where m.kind = 'state' and m.who ~ '^(gen|capture)' and not exists (
      select from chaos.moves l where l.output_id = m.output_id and l.attempt = m.attempt and l.who = m.who and l.kind = 'lease' and l.leased)`);
  return reply.rows;
}

/** Leases that somebody else ended or took while they lasted, by the database's clock. */
export async function stolenLeases(pool: pg.Pool): Promise<number> {
  const reply = await pool.query<{ stolen: number }>(`
    select count(*)::int as stolen from (
      select early, who, lag(who) over (partition by output_id order by id) as before from chaos.moves where kind = 'lease') m
    where early and who <> before`);
  return reply.rows[0]!.stolen;
}

/** When each of these outputs was next announced, taken or settled after that moment, in seconds; null: never. */
export async function secondsUntilMoved(pool: pg.Pool, outputs: readonly string[], after: Date): Promise<(number | null)[]> {
  const reply = await pool.query<{ seconds: number | null }>(
    `select extract(epoch from min(m.at) - $2)::float8 as seconds from unnest($1::uuid[]) as o (id)
     left join chaos.moves m on m.output_id = o.id and m.at > $2 group by o.id`,
    [outputs, after],
  );
  return reply.rows.map(({ seconds }) => seconds);
}
