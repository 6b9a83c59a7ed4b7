-- What was asked for and is left out, as the model's route does not take it, is known at the accept and kept with the generation. Programs
-- that are older say nothing of it.
--
-- Accepts many requests in one round trip; each is all or nothing, and its outcome is a row. Accounts are locked in the
-- order of their ids, so that two batches lock in the same order. Inside of PL/pgSQL every statement sees a fresh
-- snapshot: lock first, then look, then write. All that is written is one statement, which the balances seen under the lock
-- are enough for. Plans do not depend on the batch, look up by index alone, and are kept.
create or replace function accept_many(p_requests jsonb)
returns table (place int, outcome text, generation_id uuid, needed bigint, available bigint, created_at timestamptz)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  r record;
  v_at timestamptz;
  v_account uuid;
  v_left bigint;
  v_keys jsonb;
  v_before bigint;
  v_seq bigint;
  v_any boolean := false;
  v_covered boolean;
  -- Of each request that is accepted, by its place: what the account's others before it take, and its first event.
  v_befores bigint[];
  v_seqs bigint[];
  v_availables bigint[];
  v_helds bigint[];
begin
  perform from accounts where accounts.id = any(array(select (q ->> 'account_id')::uuid from jsonb_array_elements(p_requests) as q))
    order by accounts.id for update;
  v_at := clock_timestamp();
  for r in
    select q.ordinal::int as ordinal, q.id, q.account_id, q.idempotency_key, q.request_hash, q.credits_each * q.outputs as needed,
      a.available, a.held, a.event_seq, g.id is not null as was_accepted, k.generation_id as earlier_id, encode(k.request_hash, 'hex') as earlier_hash,
      (select sum(l.remaining) from lots l
        where l.account_id = q.account_id and l.remaining > 0 and (l.expires_at is null or l.expires_at > v_at))::bigint as spendable
    from rows from (jsonb_to_recordset(p_requests) as (id uuid, account_id uuid, idempotency_key text, request_hash text, credits_each bigint, outputs int))
      with ordinality as q (id, account_id, idempotency_key, request_hash, credits_each, outputs, ordinal)
    left join accounts a on a.id = q.account_id
    left join generations g on g.id = q.id and g.account_id = q.account_id
    left join idempotency_keys k on k.account_id = q.account_id and k.key = q.idempotency_key
    order by q.account_id, q.ordinal
  loop
    if r.account_id is distinct from v_account then
      v_account := r.account_id;
      v_left := coalesce(r.spendable, 0);
      v_before := 0;
      v_seq := r.event_seq;
      v_keys := null;
    end if;
    place := r.ordinal - 1;
    generation_id := r.id;
    needed := r.needed;
    available := null;
    created_at := null;
    if r.available is null then
      outcome := 'no_account';
    elsif r.was_accepted then
      -- The answer of an earlier call with this very id was lost.
      outcome := 'accepted';
    elsif r.earlier_id is not null then
      generation_id := r.earlier_id;
      outcome := case when r.earlier_hash = r.request_hash then 'replayed' else 'mismatch' end;
    elsif v_keys ? r.idempotency_key then
      generation_id := (v_keys -> r.idempotency_key ->> 'id')::uuid;
      outcome := case when v_keys -> r.idempotency_key ->> 'hash' = r.request_hash then 'replayed' else 'mismatch' end;
    elsif needed > v_left then
      outcome := 'insufficient';
      available := v_left;
    else
      outcome := 'accepted';
      created_at := v_at;
      v_befores[r.ordinal] := v_before;
      v_seqs[r.ordinal] := v_seq;
      v_availables[r.ordinal] := r.available - v_before - needed;
      v_helds[r.ordinal] := r.held + v_before + needed;
      v_left := v_left - needed;
      v_before := v_before + needed;
      v_seq := v_seq + case when needed > 0 then 2 else 1 end;
      if r.idempotency_key is not null then
        v_keys := coalesce(v_keys, '{}') || jsonb_build_object(r.idempotency_key, jsonb_build_object('id', r.id, 'hash', r.request_hash));
      end if;
    end if;
    return next;
  end loop;
  if v_befores is null then return; end if;
  with asked as materialized (
    select q.*, q.credits_each * q.outputs as needed, decode(q.hash, 'hex') as request_hash, v_befores[q.ordinal] as before, v_seqs[q.ordinal] as seq, v_availables[q.ordinal] as available,
      v_helds[q.ordinal] as held
    from rows from (jsonb_to_recordset(p_requests) as (id uuid, account_id uuid, api_key_id uuid, idempotency_key text, request_hash text, model text,
        model_version int, kind text, route jsonb, deadline_seconds int, input jsonb, metadata jsonb, output_ids uuid[], seeds bigint[],
        credits_each bigint, outputs int, origin jsonb, warnings jsonb))
      with ordinality as q (id, account_id, api_key_id, idempotency_key, hash, model, model_version, kind, route, deadline_seconds, input,
        metadata, output_ids, seeds, credits_each, outputs, origin, warnings, ordinal)
    where v_befores[q.ordinal] is not null
  ), generation as (
    insert into generations (id, account_id, api_key_id, model, model_version, kind, route, deadline_seconds, input, output_count, quoted,
        request_hash, metadata, created_at, origin, warnings)
      select id, account_id, api_key_id, model, model_version, kind, route, deadline_seconds, input, outputs, asked.needed, request_hash, metadata, v_at,
        origin, coalesce(warnings, '[]')
      from asked
  ), remembered as (
    insert into idempotency_keys (account_id, key, request_hash, generation_id)
      select account_id, idempotency_key, request_hash, id from asked where idempotency_key is not null
  ), reserved as (
    insert into reservations (id, account_id, credits, open_credits)
      select id, account_id, asked.needed, asked.needed from asked where asked.needed > 0
  ), taken as materialized (
    -- Lots and reservations lie end to end on one line of credits for each account: who overlaps takes that much.
    select s.id as lot_id, a.id as reservation_id, least(s.before + s.remaining, a.before + a.needed) - greatest(s.before, a.before) as credits
    from asked a cross join lateral (
      select l.id, l.remaining, (sum(l.remaining) over (order by l.expires_at, l.id) - l.remaining)::bigint as before
      from lots l where l.account_id = a.account_id and l.remaining > 0 and (l.expires_at is null or l.expires_at > v_at)) s
    where a.needed > 0 and s.before < a.before + a.needed and a.before < s.before + s.remaining
  ), drawn as (
    update lots set remaining = lots.remaining - t.credits, held = lots.held + t.credits
    from (select lot_id, sum(credits)::bigint as credits from taken group by lot_id) t where lots.id = t.lot_id
  ), noted as (
    insert into reservation_lots (reservation_id, lot_id, credits, open_credits) select reservation_id, lot_id, credits, credits from taken
  ), counted as (
    update accounts set available = accounts.available - t.credits, held = accounts.held + t.credits, event_seq = event_seq + t.events
    from (select account_id, sum(asked.needed)::bigint as credits, sum(case when asked.needed > 0 then 2 else 1 end) as events from asked group by account_id) t
    where accounts.id = t.account_id
  ), moved as (
    insert into transfers (account_id, kind, debit, credit, credits, generation_id, available_after)
      select account_id, 'reserve', 'wallet', 'held', asked.needed, id, asked.available from asked where asked.needed > 0 order by ordinal
  ), piece as materialized (
    select p.id, asked.id as made_for, asked.account_id, (p.n - 1)::int as index, asked.credits_each, p.seed
    from asked, unnest(asked.output_ids, asked.seeds) with ordinality as p (id, seed, n)
  ), made as (
    insert into outputs (id, generation_id, account_id, index, credits, seed) select id, made_for, account_id, index, credits_each, seed from piece
  ), worked as (
    insert into work (output_id, account_id) select id, account_id from piece
  ), sent as (
    insert into outbox (output_id, attempt) select id, 0 from piece
  ), told as (
    insert into events (account_id, seq, generation_id, type, available, held)
      select a.account_id, a.seq + e.n, case when e.n = 1 then a.id end, e.type, case when e.n = 2 then a.available end, case when e.n = 2 then a.held end
      from asked a, (values (1, 'generation.queued'), (2, 'credits.changed')) as e (n, type) where e.n = 1 or a.needed > 0
  )
  select (select coalesce(sum(credits), 0) from taken) = (select sum(asked.needed) from asked) into v_covered;
  if not v_covered then
    raise exception 'the lots do not cover the reservations' using errcode = 'check_violation';
  end if;
end $$;
