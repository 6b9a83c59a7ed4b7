-- One generation whose route cannot be read kept everything that was claimed with it from being done, for ever. Its outputs are
-- claimed like any other now, and end with the dead letters.
create or replace function claim_outputs(p_outputs uuid[], p_attempts int[], p_owner uuid, p_lease_seconds int)
returns table (output_id uuid, attempt int)
language plpgsql rows 16 set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  w record;
  g record;
begin
  for w in
    select work.output_id, work.account_id from work
    join unnest(p_outputs, p_attempts) as m (id, attempt) on m.id = work.output_id and m.attempt = work.attempt
    join outputs o on o.id = work.output_id
    where o.state = 'queued' and work.lease_owner is null and work.run_at <= clock_timestamp() and not work.cancel_requested
    order by work.account_id, work.output_id
  loop
    perform from accounts where accounts.id = w.account_id for update;
    update outputs o set state = 'leased', attempt = o.attempt + 1, started_at = coalesce(o.started_at, clock_timestamp()), error = null
      where o.id = w.output_id and o.state = 'queued' and o.attempt = (select m.attempt from unnest(p_outputs, p_attempts) as m (id, attempt) where m.id = o.id limit 1)
      returning o.id, o.attempt, o.generation_id, o.index into g;
    continue when not found;
    update work set attempt = g.attempt, lease_owner = p_owner, lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds),
        due_at = clock_timestamp() + make_interval(secs => p_lease_seconds), progress = null, next_poll_at = null,
        deadline_at = clock_timestamp() + make_interval(secs => (select deadline_seconds from generations where generations.id = g.generation_id))
      where work.output_id = g.id;
    insert into attempts (output_id, attempt, provider, upstream_id)
      select g.id, g.attempt, coalesce(route ->> 'provider', ''), coalesce(route ->> 'upstream_id', '') from generations where generations.id = g.generation_id;
    update generations set status = 'running', started_at = coalesce(started_at, clock_timestamp())
      where generations.id = g.generation_id and status in ('queued', 'unknown');
    perform add_event(w.account_id, 'generation.running', g.generation_id, g.id, g.index);
    output_id := g.id;
    attempt := g.attempt;
    return next;
  end loop;
end $$;
