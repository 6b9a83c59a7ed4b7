-- Accept writes a batch table by table and not request by request: an account of many requests is updated once, and the
-- price of starting a statement is paid once per table and batch. What it does and promises is what it was.

-- Takes from the lots that expire first, for many reservations; those of one account in the order given. The accounts'
-- locks must be held and the funds known to suffice at `p_at`.
create function ledger_reserve_many(p_accounts uuid[], p_reservations uuid[], p_credits bigint[], p_at timestamptz)
returns void language plpgsql as $$
declare v_covered boolean;
begin
  insert into reservations (id, account_id, credits, open_credits)
    select id, account_id, credits, credits from unnest(p_reservations, p_accounts, p_credits) as asked (id, account_id, credits);
  -- Lots and reservations lie end to end on one line of credits for each account: who overlaps takes that much.
  with asked as (
    select a.*, (sum(credits) over (partition by account_id order by place) - credits)::bigint as before
    from unnest(p_accounts, p_reservations, p_credits) with ordinality as a (account_id, reservation_id, credits, place)
  ), spendable as (
    select id, account_id, remaining, (sum(remaining) over (partition by account_id order by expires_at nulls last, id) - remaining)::bigint as before
    from lots
    where account_id = any(p_accounts) and remaining > 0 and (expires_at is null or expires_at > p_at)
  ), taken as (
    select s.id as lot_id, a.reservation_id, least(s.before + s.remaining, a.before + a.credits) - greatest(s.before, a.before) as credits
    from asked a join spendable s on s.account_id = a.account_id and s.before < a.before + a.credits and a.before < s.before + s.remaining
  ), drawn as (
    update lots set remaining = lots.remaining - t.credits, held = lots.held + t.credits
    from (select lot_id, sum(credits)::bigint as credits from taken group by lot_id) t where lots.id = t.lot_id
  ), noted as (
    insert into reservation_lots (reservation_id, lot_id, credits, open_credits)
      select reservation_id, lot_id, credits, credits from taken returning credits
  )
  select coalesce(sum(credits), 0) = (select sum(credits) from asked) into v_covered from noted;
  if not v_covered then
    raise exception 'the lots do not cover the reservations' using errcode = 'check_violation';
  end if;
  with asked as (
    select a.*, sum(credits) over (partition by account_id order by place desc) - credits as after
    from unnest(p_accounts, p_reservations, p_credits) with ordinality as a (account_id, reservation_id, credits, place)
  ), paid as (
    update accounts set available = available - t.credits, held = held + t.credits
    from (select account_id, sum(credits)::bigint as credits from asked group by account_id) t where accounts.id = t.account_id
    returning accounts.id, available
  )
  insert into transfers (account_id, kind, debit, credit, credits, generation_id, available_after)
    select a.account_id, 'reserve', 'wallet', 'held', a.credits, a.reservation_id, paid.available + a.after
    from asked a join paid on paid.id = a.account_id order by a.place;
end $$;
drop function ledger_reserve(uuid, uuid, bigint);

create type accept_request as (place int, id uuid, account_id uuid, api_key_id uuid, idempotency_key text, request_hash bytea, model text,
  model_version int, kind text, route jsonb, deadline_seconds int, input jsonb, metadata jsonb, output_ids uuid[], seeds bigint[],
  credits_each bigint, outputs int, needed bigint);

-- Writes requests that have been found in order. The accounts' locks must be held.
create function accept_write(p_accepted accept_request[], p_at timestamptz) returns void language plpgsql as $$
begin
  insert into generations (id, account_id, api_key_id, model, model_version, kind, route, deadline_seconds, input, output_count, quoted,
      request_hash, metadata, created_at)
    select id, account_id, api_key_id, model, model_version, kind, route, deadline_seconds, input, outputs, needed, request_hash, metadata, p_at
    from unnest(p_accepted);
  insert into idempotency_keys (account_id, key, request_hash, generation_id)
    select account_id, idempotency_key, request_hash, id from unnest(p_accepted) where idempotency_key is not null;
  perform ledger_reserve_many(array_agg(account_id order by place), array_agg(id order by place), array_agg(needed order by place), p_at)
    from unnest(p_accepted) where needed > 0 having count(*) > 0;
  with made as (
    insert into outputs (id, generation_id, account_id, index, credits, seed)
      select u.id, r.id, r.account_id, (u.n - 1)::int, r.credits_each, u.seed
      from unnest(p_accepted) as r, unnest(r.output_ids, r.seeds) with ordinality as u (id, seed, n)
      returning id, account_id
  ), worked as (
    insert into work (output_id, account_id) select id, account_id from made
  )
  insert into outbox (output_id, attempt) select id, 0 from made;
  with told as (
    select r.account_id, r.id as generation_id, r.place, e.type, r.needed,
      row_number() over (partition by r.account_id order by r.place, e.n) as nth,
      (sum(r.needed) filter (where e.n = 1) over (partition by r.account_id order by r.place desc) - r.needed)::bigint as later
    from unnest(p_accepted) as r, (values (1, 'generation.queued'), (2, 'credits.changed')) as e (n, type)
    where e.n = 1 or r.needed > 0
  ), counted as (
    update accounts set event_seq = event_seq + t.events
    from (select account_id, count(*) as events from told group by account_id) t where accounts.id = t.account_id
    returning accounts.id, event_seq - t.events as seq, available, held
  )
  insert into events (account_id, seq, generation_id, type, available, held)
    select t.account_id, c.seq + t.nth, case when t.type = 'generation.queued' then t.generation_id end, t.type,
      case when t.type = 'credits.changed' then c.available + t.later end, case when t.type = 'credits.changed' then c.held - t.later end
    from told t join counted c on c.id = t.account_id order by t.account_id, t.nth;
end $$;

-- Accepts many requests in one round trip; each is all or nothing, and its outcome is a row. Accounts are locked in the
-- order of their ids, so that two batches lock in the same order. Inside of PL/pgSQL every statement sees a fresh
-- snapshot: lock first, then look, then write. Plans do not depend on the batch; to make them anew costs more than to run them.
drop function accept_many(jsonb);
create function accept_many(p_requests jsonb)
returns table (place int, outcome text, generation_id uuid, needed bigint, available bigint, created_at timestamptz)
language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_requests accept_request[];
  v_known uuid[];
  v_at timestamptz;
  r record;
  v_account uuid;
  v_left bigint;
  v_keys jsonb;
  v_accepted int[] := '{}';
begin
  select array_agg(row((q.ordinal - 1)::int, x.id, x.account_id, x.api_key_id, x.idempotency_key, decode(x.request_hash, 'hex'), x.model,
      x.model_version, x.kind, x.route, x.deadline_seconds, x.input, x.metadata, x.output_ids, x.seeds, x.credits_each, x.outputs,
      x.credits_each * x.outputs)::accept_request order by x.account_id, q.ordinal)
    into v_requests
    from jsonb_array_elements(p_requests) with ordinality as q (item, ordinal),
      jsonb_to_record(q.item) as x (id uuid, account_id uuid, api_key_id uuid, idempotency_key text, request_hash text, model text,
        model_version int, kind text, route jsonb, deadline_seconds int, input jsonb, metadata jsonb, output_ids uuid[], seeds bigint[],
        credits_each bigint, outputs int);
  select array_agg(locked.id) into v_known from (
    select a.id from accounts a where a.id = any(array(select q.account_id from unnest(v_requests) as q)) order by a.id for update) as locked;
  v_at := clock_timestamp();
  for r in
    select q.place, q.id, q.account_id, q.idempotency_key, q.request_hash, q.needed, q.account_id = any(v_known) as known, g.id is not null as was_accepted,
      k.generation_id as earlier_id, k.request_hash as earlier_hash, coalesce(s.spendable, 0) as spendable
    from unnest(v_requests) as q
    left join generations g on g.id = q.id and g.account_id = q.account_id
    left join idempotency_keys k on k.account_id = q.account_id and k.key = q.idempotency_key
    left join (
      select l.account_id, sum(l.remaining)::bigint as spendable from lots l
      where l.account_id = any(v_known) and l.remaining > 0 and (l.expires_at is null or l.expires_at > v_at) group by l.account_id
    ) s on s.account_id = q.account_id
    order by q.account_id, q.place
  loop
    if r.account_id is distinct from v_account then
      v_account := r.account_id;
      v_left := r.spendable;
      v_keys := '{}';
    end if;
    place := r.place;
    generation_id := r.id;
    needed := r.needed;
    available := null;
    created_at := null;
    if r.known is not true then
      outcome := 'no_account';
    elsif r.was_accepted then
      -- The answer of an earlier call with this very id was lost.
      outcome := 'accepted';
    elsif r.earlier_id is not null then
      generation_id := r.earlier_id;
      outcome := case when r.earlier_hash = r.request_hash then 'replayed' else 'mismatch' end;
    elsif r.idempotency_key is not null and v_keys ? r.idempotency_key then
      generation_id := (v_keys -> r.idempotency_key ->> 'id')::uuid;
      outcome := case when v_keys -> r.idempotency_key ->> 'hash' = encode(r.request_hash, 'hex') then 'replayed' else 'mismatch' end;
    elsif needed > v_left then
      outcome := 'insufficient';
      available := v_left;
    else
      outcome := 'accepted';
      created_at := v_at;
      v_left := v_left - needed;
      v_accepted := v_accepted || place;
      if r.idempotency_key is not null then
        v_keys := v_keys || jsonb_build_object(r.idempotency_key, jsonb_build_object('id', r.id, 'hash', encode(r.request_hash, 'hex')));
      end if;
    end if;
    return next;
  end loop;
  if v_accepted <> '{}' then
    perform accept_write(array(select q from unnest(v_requests) as q where q.place = any(v_accepted)), v_at);
  end if;
end $$;
