-- How loud a sound is over its length: one byte for each part of it, base64. What was delivered before, and what nothing here could
-- decode, has none.
alter table outputs add column waveform text;

-- What its file says of how it came to be: its vendor's C2PA manifest or source type, or the one that was put in here.
alter table outputs add column provenance text check (provenance in ('c2pa', 'source_type', 'marked'));

-- Records verdicts and settles them: one transaction, whoever learns the verdict. Idempotent by output: what has settled
-- stays as it is. `attempt` is the fence; null (cancel before any attempt, write-off) fences by state alone. Accounts are locked in
-- the order of their ids, and under that lock nobody else claims, gives up or settles what is theirs.
create or replace function settle_many(p_verdicts jsonb)
returns table (output_id uuid, outcome text)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_at timestamptz;
  r record;
  v_account uuid;
  v_generation uuid;
  v_settled uuid;
  v_available bigint;
  v_seq bigint;
  v_open bigint;
  v_before bigint;
  v_captured bigint;
  -- Of each verdict that is recorded, by its place: what is charged, what of the hold its generation's others before it take, what
  -- the account has before it, its event, and whether it is the generation's last.
  v_captures bigint[];
  v_befores bigint[];
  v_availables bigint[];
  v_seqs bigint[];
  v_lasts boolean[];
  v_covered boolean;
begin
  perform from accounts where accounts.id = any(array(select (v ->> 'account_id')::uuid from jsonb_array_elements(p_verdicts) as v))
    order by accounts.id for update;
  -- As everybody does who writes to both: first the live part of an output, then the output.
  perform from work where work.output_id = any(array(select (v ->> 'output_id')::uuid from jsonb_array_elements(p_verdicts) as v))
    order by work.account_id, work.output_id for update;
  v_at := clock_timestamp();
  for r in
    select v.ordinal::int as ordinal, v.output_id, v.account_id, v.attempt, v.state, v.captured, o.id is not null as found, o.state as was,
      o.attempt as current, o.settled_at, o.credits, o.generation_id, a.available, a.event_seq,
      (select count(*) from outputs p where p.generation_id = o.generation_id and p.settled_at is null) as open
    from rows from (jsonb_to_recordset(p_verdicts) as (output_id uuid, account_id uuid, attempt int, state text, captured bigint))
      with ordinality as v (output_id, account_id, attempt, state, captured, ordinal)
    left join accounts a on a.id = v.account_id
    left join outputs o on o.id = v.output_id and o.account_id = v.account_id
    order by v.account_id, o.generation_id, o.index, v.ordinal
  loop
    if r.account_id is distinct from v_account then
      v_account := r.account_id;
      v_available := r.available;
      v_seq := r.event_seq;
    end if;
    if r.generation_id is distinct from v_generation then
      v_generation := r.generation_id;
      v_open := r.open;
      v_before := 0;
    end if;
    output_id := r.output_id;
    if not r.found then
      outcome := 'missing';
    elsif r.settled_at is not null or r.output_id = v_settled then
      outcome := 'already_settled';
    elsif r.attempt is not null and (r.attempt <> r.current or r.was = 'queued') then
      outcome := 'fenced';
    elsif (r.state = 'canceled' and r.attempt is null and r.was <> 'queued') or (r.state = 'written_off' and r.was <> 'unknown') then
      outcome := 'not_in_state';
    else
      outcome := 'settled';
      v_settled := r.output_id;
      v_captured := case when r.state = 'delivered' then least(coalesce(r.captured, r.credits), r.credits) else 0 end;
      v_open := v_open - 1;
      v_captures[r.ordinal] := v_captured;
      v_befores[r.ordinal] := v_before;
      v_availables[r.ordinal] := v_available;
      v_seqs[r.ordinal] := v_seq + 1;
      v_lasts[r.ordinal] := v_open = 0;
      v_before := v_before + r.credits;
      v_available := v_available + r.credits - v_captured;
      v_seq := v_seq + case when v_open = 0 then 2 else 1 end;
    end if;
    return next;
  end loop;
  if v_captures is null then return; end if;
  with settled as materialized (
    select v.*, decode(v.sha256_hex, 'hex') as sha256, o.generation_id, o.index, o.credits, o.attempt as current, v_captures[v.ordinal] as captured,
      o.credits - v_captures[v.ordinal] as released, v_befores[v.ordinal] as before, v_availables[v.ordinal] as available,
      v_seqs[v.ordinal] as seq, v_lasts[v.ordinal] as last
    from rows from (jsonb_to_recordset(p_verdicts) as (output_id uuid, account_id uuid, state text, storage_key text, thumbnail_key text, mime text,
        width int, height int, bytes bigint, duration_ms int, sha256 text, thumbhash text, waveform text, provenance text, error jsonb, provider_ms int, transfer_ms int,
        cost_usd numeric, dead boolean, reason text))
      with ordinality as v (output_id, account_id, state, storage_key, thumbnail_key, mime, width, height, bytes, duration_ms, sha256_hex,
        thumbhash, waveform, provenance, error, provider_ms, transfer_ms, cost_usd, dead, reason, ordinal)
    join outputs o on o.id = v.output_id
    where v_captures[v.ordinal] is not null
  ), ended as (
    update outputs set state = s.state, captured = s.captured, released = s.released, settled_at = v_at, storage_key = s.storage_key,
      thumbnail_key = s.thumbnail_key, mime = s.mime, width = s.width, height = s.height, bytes = s.bytes, duration_ms = s.duration_ms,
      sha256 = s.sha256, thumbhash = s.thumbhash, waveform = s.waveform, provenance = s.provenance, error = s.error, provider_ms = s.provider_ms, transfer_ms = s.transfer_ms
    from settled s where outputs.id = s.output_id
  ), done as (
    delete from work using settled s where work.output_id = s.output_id
  ), tried as (
    -- What the provider made of an attempt that was written off stays unknown.
    update attempts set state = case s.state when 'delivered' then 'delivered' when 'refused' then 'refused' when 'written_off' then 'unknown' else 'failed' end,
      error = s.error, cost_usd = s.cost_usd, finished_at = v_at
    from settled s where attempts.output_id = s.output_id and attempts.attempt = s.current
  ), charged as materialized (
    select * from settled where settled.credits > 0
  ), part as materialized (
    -- The lots of a hold lie end to end on one line of credits, in the order they were taken; so do its outputs, and of each what is
    -- charged before what is let go. Who overlaps moves that much.
    select h.generation_id, p.lot_id, greatest(0, least(p.before + p.open_credits, h.before + h.captured) - greatest(p.before, h.before)) as captured,
      greatest(0, least(p.before + p.open_credits, h.before + h.credits) - greatest(p.before, h.before + h.captured)) as released
    from charged h cross join lateral (
      select l.lot_id, l.open_credits, (sum(l.open_credits) over (order by lots.expires_at, lots.id) - l.open_credits)::bigint as before
      from reservation_lots l join lots on lots.id = l.lot_id where l.reservation_id = h.generation_id and l.open_credits > 0) p
    where p.before < h.before + h.credits and h.before < p.before + p.open_credits
  ), drawn as (
    update reservation_lots set open_credits = open_credits - t.credits
    from (select part.generation_id, part.lot_id, sum(part.captured + part.released)::bigint as credits from part group by 1, 2) t
    where reservation_lots.reservation_id = t.generation_id and reservation_lots.lot_id = t.lot_id
  ), returned as (
    update lots set held = held - t.credits, remaining = remaining + t.released
    from (select part.lot_id, sum(part.captured + part.released)::bigint as credits, sum(part.released)::bigint as released from part group by 1) t
    where lots.id = t.lot_id
  ), closed as (
    update reservations set open_credits = open_credits - t.credits, state = case when open_credits = t.credits then 'settled' else 'open' end,
      settled_at = case when open_credits = t.credits then v_at end
    from (select charged.generation_id, sum(charged.credits)::bigint as credits from charged group by 1) t where reservations.id = t.generation_id
  ), counted as (
    update accounts set held = accounts.held - t.captured - t.released, spent = accounts.spent + t.captured,
      available = accounts.available + t.released, event_seq = event_seq + t.events + case when t.captured + t.released > 0 then 1 else 0 end
    from (select s.account_id, count(*) + count(*) filter (where s.last) as events, coalesce(sum(h.captured), 0)::bigint as captured,
        coalesce(sum(h.released), 0)::bigint as released
      from settled s left join charged h on h.output_id = s.output_id group by 1) t
    where accounts.id = t.account_id
    returning accounts.id, accounts.event_seq, accounts.available, accounts.held, t.captured + t.released as moved
  ), moved as (
    insert into transfers (account_id, kind, debit, credit, credits, generation_id, output_id, output_index, available_after, reason)
      select h.account_id, m.kind, 'held', m.credit, m.credits, h.generation_id, h.output_id, h.index, m.available, m.reason
      from charged h, lateral (values ('capture', 'revenue', h.captured, h.available, null::text),
        ('release', 'wallet', h.released, h.available + h.released, h.reason)) as m (kind, credit, credits, available, reason)
      where m.credits > 0 order by h.account_id, h.seq, m.kind
  ), given_up as (
    insert into dead_letters (output_id, account_id, generation_id, cause, message, attempts, credits)
      select s.output_id, s.account_id, s.generation_id, coalesce(s.error ->> 'code', 'unknown'), coalesce(s.reason, s.error ->> 'message', ''),
        s.current, s.credits
      from settled s where s.dead
  ), derived as materialized (
    -- What a generation is, from its outputs.
    select g.id, x.open, x.captured, x.released, x.error, case
        when x.open > 0 and x.running > 0 then 'running'
        when x.open > 0 and x.open = x.unknown then 'unknown'
        when x.open > 0 and g.started_at is not null then 'running'
        when x.open > 0 then 'queued'
        when x.delivered > 0 then 'succeeded'
        when x.failed > 0 then 'failed'
        else 'canceled' end as status
    from (select distinct s.generation_id from settled s) t join generations g on g.id = t.generation_id cross join lateral (
      select count(*) filter (where y.state in ('queued', 'leased', 'finalizing', 'unknown')) as open,
        count(*) filter (where y.state in ('leased', 'finalizing')) as running, count(*) filter (where y.state = 'unknown') as unknown,
        count(*) filter (where y.state = 'delivered') as delivered,
        count(*) filter (where y.state in ('refused', 'failed', 'written_off')) as failed,
        sum(y.captured)::bigint as captured, sum(y.released)::bigint as released,
        (array_agg(y.error order by y.index) filter (where y.error is not null))[1] as error
      from (select o.index, coalesce(s.state, o.state) as state, coalesce(s.captured, o.captured) as captured, coalesce(s.released, o.released) as released,
          case when s.output_id is null then o.error else s.error end as error
        from outputs o left join settled s on s.output_id = o.id where o.generation_id = t.generation_id) y) x
  ), finished as (
    update generations set status = d.status, charged = d.captured, released = d.released,
      finished_at = case when d.open = 0 then v_at end, error = case when d.status = 'failed' then d.error end
    from derived d where generations.id = d.id
      and (generations.status, generations.charged, generations.released) is distinct from (d.status, d.captured, d.released)
  ), told as (
    insert into events (account_id, seq, generation_id, output_id, output_index, type, available, held)
      select s.account_id, s.seq, s.generation_id, s.output_id, s.index, 'generation.output', null::bigint, null::bigint from settled s
      union all
      select s.account_id, s.seq + 1, s.generation_id, null, null, 'generation.' || d.status, null, null
      from settled s join derived d on d.id = s.generation_id where s.last
      union all
      select c.id, c.event_seq, null, null, null, 'credits.changed', c.available, c.held from counted c where c.moved > 0
  )
  select (select coalesce(sum(part.captured + part.released), 0) from part) = (select coalesce(sum(charged.credits), 0) from charged) into v_covered;
  if not v_covered then
    raise exception 'the reservations do not cover the outputs' using errcode = 'check_violation';
  end if;
end $$;
