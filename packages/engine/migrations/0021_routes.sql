-- Where its own route fails before anything can be billed, an output goes on by another; null: its generation's.
alter table work add column route jsonb;

-- Routes that do not serve at the moment, and until when they are left alone. Known to all processes; a row stays until the route has served
-- again, so that the next time lasts longer.
create table circuits (
  provider text not null,
  -- Empty: all that this provider has, as it is the account that is refused.
  upstream_id text not null,
  class text not null,
  message text not null,
  -- How often in a row it was opened.
  times int not null default 1 check (times >= 1),
  opened_at timestamptz not null default clock_timestamp(),
  open_until timestamptz not null,
  primary key (provider, upstream_id)
);

-- Attempts by routes that say how many they take at once or in a minute. One whose output has gone on without it is over.
create table route_slots (
  output_id uuid not null,
  attempt int not null,
  provider text not null,
  upstream_id text not null,
  taken_at timestamptz not null default clock_timestamp(),
  primary key (output_id, attempt)
);
create index route_slots_route on route_slots (provider, upstream_id, taken_at);

-- Seconds to wait until this attempt may be sent by its route; 0: it has a slot.
create function take_slot(p_output uuid, p_attempt int, p_provider text, p_upstream text, p_at_once int, p_a_minute int) returns double precision
language plpgsql as $$
declare
  v_busy bigint;
  v_recent bigint;
  v_oldest timestamptz;
begin
  -- One at a time for each route.
  perform pg_advisory_xact_lock(hashtextextended(p_provider || ' ' || p_upstream, 0));
  delete from route_slots s where s.provider = p_provider and s.upstream_id = p_upstream and s.taken_at < clock_timestamp() - interval '1 minute'
    and not exists (select from work w join outputs o on o.id = w.output_id
      where w.output_id = s.output_id and w.attempt = s.attempt and o.state in ('leased', 'unknown'));
  select count(*) filter (where exists (select from work w join outputs o on o.id = w.output_id
        where w.output_id = s.output_id and w.attempt = s.attempt and o.state in ('leased', 'unknown'))),
      count(*) filter (where s.taken_at > clock_timestamp() - interval '1 minute'),
      min(s.taken_at) filter (where s.taken_at > clock_timestamp() - interval '1 minute')
    into v_busy, v_recent, v_oldest
    from route_slots s where s.provider = p_provider and s.upstream_id = p_upstream and (s.output_id, s.attempt) <> (p_output, p_attempt);
  if v_busy >= p_at_once then return 1; end if;
  if v_recent >= p_a_minute then return greatest(0.1, extract(epoch from v_oldest + interval '1 minute' - clock_timestamp())); end if;
  insert into route_slots (output_id, attempt, provider, upstream_id) values (p_output, p_attempt, p_provider, p_upstream)
    on conflict (output_id, attempt) do nothing;
  return 0;
end $$;

-- The route is the output's own, where it has one.
create or replace function claim_work(p_outputs uuid[], p_attempts integer[], p_owner uuid, p_lease_seconds integer)
returns TABLE(output_id uuid, attempt integer, account_id uuid, generation_id uuid, index integer, seed bigint, input jsonb, route jsonb, deadline_seconds integer, failures integer, cancel_requested boolean)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare v_at timestamptz;
begin
  perform from accounts where accounts.id = any(array(select w.account_id from work w where w.output_id = any(p_outputs)))
    order by accounts.id for update;
  perform from work where work.output_id = any(p_outputs) order by work.account_id, work.output_id for update;
  v_at := clock_timestamp();
  return query
    with taken as materialized (
      select o.id, o.attempt + 1 as attempt, w.account_id, o.generation_id, o.index, o.seed, g.input, coalesce(w.route, g.route) as route, g.deadline_seconds, w.failures,
        row_number() over (partition by w.account_id order by o.generation_id, o.index) as place
      from (select distinct p.id, p.attempt from unnest(p_outputs, p_attempts) as p (id, attempt)) m
      join work w on w.output_id = m.id and w.attempt = m.attempt
      join outputs o on o.id = m.id and o.attempt = m.attempt
      join generations g on g.id = o.generation_id
      where o.state = 'queued' and w.lease_owner is null and w.run_at <= v_at and not w.cancel_requested
    ), leased as (
      update outputs set state = 'leased', attempt = t.attempt, started_at = coalesce(outputs.started_at, v_at), error = null
      from taken t where outputs.id = t.id
    ), held as (
      update work set attempt = t.attempt, lease_owner = p_owner, lease_until = v_at + make_interval(secs => p_lease_seconds),
        due_at = v_at + make_interval(secs => p_lease_seconds), progress = null, next_poll_at = null,
        deadline_at = v_at + make_interval(secs => t.deadline_seconds)
      from taken t where work.output_id = t.id
    ), opened as (
      insert into attempts (output_id, attempt, provider, upstream_id)
        select t.id, t.attempt, coalesce(t.route ->> 'provider', ''), coalesce(t.route ->> 'upstream_id', '') from taken t
    ), running as (
      update generations set status = 'running', started_at = coalesce(generations.started_at, v_at)
      from (select distinct taken.generation_id from taken) t
      where generations.id = t.generation_id and generations.status in ('queued', 'unknown')
    ), counted as (
      update accounts set event_seq = event_seq + t.events
      from (select taken.account_id, count(*) as events from taken group by 1) t where accounts.id = t.account_id
      returning accounts.id, accounts.event_seq - t.events as before
    ), told as (
      insert into events (account_id, seq, generation_id, output_id, output_index, type)
        select t.account_id, c.before + t.place, t.generation_id, t.id, t.index, 'generation.running' from taken t join counted c on c.id = t.account_id
    )
    select t.id, t.attempt, t.account_id, t.generation_id, t.index, t.seed, t.input, t.route, t.deadline_seconds, t.failures, false from taken t;
end $$;

-- Programs that are older name no route.
drop function requeue_output(uuid, uuid, int, double precision, boolean, jsonb);
create function requeue_output(p_output uuid, p_account uuid, p_attempt integer, p_after_seconds double precision, p_burn boolean, p_error jsonb, p_route jsonb default null)
returns boolean
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare v_generation uuid;
begin
  perform from accounts where accounts.id = p_account for update;
  -- What nobody wants any more is not tried again.
  perform from work w join outputs o on o.id = w.output_id
    where w.output_id = p_output and w.cancel_requested and o.account_id = p_account and o.attempt = p_attempt;
  if found then
    perform settle_many(jsonb_build_array(jsonb_build_object('output_id', p_output, 'account_id', p_account, 'attempt', p_attempt, 'state', 'canceled')));
    return true;
  end if;
  update outputs set state = 'queued', error = p_error
    where id = p_output and account_id = p_account and attempt = p_attempt and state in ('leased', 'finalizing', 'unknown')
    returning generation_id into v_generation;
  if not found then return false; end if;
  update work set lease_owner = null, lease_until = null, next_poll_at = null, deadline_at = null, progress = null,
      failures = failures + case when p_burn then 1 else 0 end, route = coalesce(p_route, route),
      run_at = clock_timestamp() + make_interval(secs => p_after_seconds),
      due_at = clock_timestamp() + make_interval(secs => p_after_seconds + 15)
    where output_id = p_output;
  update attempts set state = 'failed', error = p_error, finished_at = clock_timestamp()
    where output_id = p_output and attempt = p_attempt and state not in ('delivered', 'refused');
  insert into outbox (output_id, attempt, available_at) values (p_output, p_attempt, clock_timestamp() + make_interval(secs => p_after_seconds));
  perform derive_generation(v_generation);
  return true;
end $$;
