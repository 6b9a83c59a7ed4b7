-- What an accept costs the database was, in this order: the reading of CHECK constraints, foreign keys, index entries, and
-- the starts of statements. What it does and promises is what it was.

-- PostgreSQL parses the stored text of every CHECK of a table anew for each statement that writes to it: 54 KB of text for one
-- accept. What a domain checks is kept parsed, so the lists of words stand in domains, and each table has one CHECK.
create domain lot_source as text check (value in ('sign_up', 'grant', 'purchase', 'plan'));
-- Kind, from and to, and whether there are a lot, a generation and an output.
create domain transfer_form as text check (value in ('grant grants wallet t f f', 'reserve wallet held f t f', 'capture held revenue f t t',
  'release held wallet f t t', 'expire wallet expired t f f', 'clawback wallet clawed_back t f f'));
-- State, whether it has settled, and whether nothing is open.
create domain reservation_form as text check (value in ('open f f', 'settled t t'));
-- Status, and whether it has finished.
create domain generation_form as text check (value in ('queued f', 'running f', 'unknown f', 'succeeded t', 'failed t', 'canceled t'));
-- State, and whether it has settled.
create domain output_form as text check (value in ('queued f', 'leased f', 'finalizing f', 'unknown f', 'delivered t', 'refused t', 'failed t',
  'canceled t', 'written_off t'));

alter table accounts
  drop constraint accounts_available_check, drop constraint accounts_held_check, drop constraint accounts_spent_check,
  drop constraint accounts_granted_check, drop constraint accounts_expired_check, drop constraint accounts_clawed_back_check,
  drop constraint accounts_check,
  add constraint accounts_sound check (
    least(available, held, spent, expired, clawed_back) >= 0 and available + held + spent + expired + clawed_back = granted);
alter table lots
  drop constraint lots_source_check, drop constraint lots_granted_check, drop constraint lots_remaining_check,
  drop constraint lots_held_check, drop constraint lots_check,
  add constraint lots_sound check (
    source::lot_source is not null and granted > 0 and least(remaining, held, granted - remaining - held) >= 0);
alter table transfers
  drop constraint transfers_kind_check, drop constraint transfers_credits_check, drop constraint transfers_available_after_check,
  drop constraint transfers_check, drop constraint transfers_check1, drop constraint transfers_check2, drop constraint transfers_check3,
  add constraint transfers_sound check (
    concat_ws(' ', kind, debit, credit, lot_id is not null, generation_id is not null, output_id is not null)::transfer_form is not null
    and credits > 0 and available_after >= 0);
alter table reservations
  drop constraint reservations_credits_check, drop constraint reservations_check, drop constraint reservations_state_check,
  drop constraint reservations_check1, drop constraint reservations_check2,
  add constraint reservations_sound check (
    concat_ws(' ', state, settled_at is not null, open_credits = 0)::reservation_form is not null
    and credits > 0 and least(open_credits, credits - open_credits) >= 0);
alter table reservation_lots
  drop constraint reservation_lots_credits_check, drop constraint reservation_lots_check,
  add constraint reservation_lots_sound check (credits > 0 and least(open_credits, credits - open_credits) >= 0);
alter table generations
  drop constraint generations_deadline_seconds_check, drop constraint generations_input_check, drop constraint generations_output_count_check,
  drop constraint generations_quoted_check, drop constraint generations_charged_check, drop constraint generations_released_check,
  drop constraint generations_request_hash_check, drop constraint generations_status_check, drop constraint generations_check,
  drop constraint generations_check1, drop constraint generations_check2,
  add constraint generations_sound check (
    concat_ws(' ', status, finished_at is not null)::generation_form is not null
    and least(charged, released, quoted - charged - released) >= 0 and (finished_at is null or charged + released = quoted)
    and least(deadline_seconds, output_count) > 0 and length(request_hash) = 32 and pg_column_size(input) < 262144);
-- Verdict and settlement are one: an output is in a terminal state exactly if it is settled, in full.
alter table outputs
  drop constraint outputs_index_check, drop constraint outputs_state_check, drop constraint outputs_credits_check,
  drop constraint outputs_captured_check, drop constraint outputs_released_check, drop constraint outputs_sha256_check,
  drop constraint outputs_check, drop constraint outputs_check1, drop constraint outputs_check2, drop constraint outputs_check3,
  add constraint outputs_sound check (
    concat_ws(' ', state, settled_at is not null)::output_form is not null
    and least(index, credits, captured, released) >= 0 and captured + released = case when settled_at is null then 0 else credits end
    and case when state = 'delivered' then num_nulls(storage_key, bytes, sha256) = 0 else captured = 0 end
    and (sha256 is null or length(sha256) = 32));

-- A foreign key is a query of its own for each row and leaves a lock on the row it finds. These rows are written where the row
-- they refer to has just been written or locked; what could break the reference is that one's end, and that is refused instead.
-- `cooly verify` looks for rows that refer to nothing.
alter table generations drop constraint generations_account_id_fkey;
alter table idempotency_keys drop constraint idempotency_keys_account_id_fkey, drop constraint idempotency_keys_generation_id_fkey;
alter table outputs drop constraint outputs_generation_id_fkey;
alter table events drop constraint events_account_id_fkey;
alter table work drop constraint work_output_id_fkey;
alter table attempts drop constraint attempts_output_id_fkey;
alter table transfers drop constraint transfers_account_id_fkey;
alter table reservations drop constraint reservations_account_id_fkey;
alter table reservation_lots drop constraint reservation_lots_reservation_id_fkey, drop constraint reservation_lots_lot_id_fkey;

create function refuse_delete() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never deleted', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger accounts_stay before delete on accounts for each row execute function refuse_delete();
create trigger lots_stay before delete on lots for each row execute function refuse_delete();
create trigger reservations_stay before delete on reservations for each row execute function refuse_delete();
create trigger generations_stay before delete on generations for each row execute function refuse_delete();
create trigger outputs_stay before delete on outputs for each row execute function refuse_delete();

-- An index whose predicate names a column makes every update of that column write to all indexes of the table. This one now goes
-- by a flag that changes once in a lot's life.
alter table lots add column swept boolean not null default false;
comment on column lots.swept is 'Expired and empty: nothing can come back to it.';
drop index lots_to_expire;
create index lots_to_expire on lots (expires_at) where expires_at is not null and not swept;

-- Moves what is left in expired lots out of wallets; what is held stays alive until it settles. Answers how many lots.
create or replace function ledger_expire(p_limit int) returns int language plpgsql as $$
declare
  v_account uuid;
  v_lot record;
  v_available bigint;
  v_count int := 0;
begin
  for v_account in
    select distinct account_id from lots
    where not swept and expires_at is not null and expires_at <= clock_timestamp() and remaining > 0
    order by account_id limit p_limit
  loop
    perform from accounts where id = v_account for update;
    for v_lot in
      select id, remaining from lots
      where account_id = v_account and remaining > 0 and expires_at is not null and expires_at <= clock_timestamp()
    loop
      update lots set remaining = 0 where id = v_lot.id;
      update accounts set available = available - v_lot.remaining, expired = expired + v_lot.remaining where id = v_account
        returning available into v_available;
      insert into transfers (account_id, kind, debit, credit, credits, lot_id, available_after)
        values (v_account, 'expire', 'wallet', 'expired', v_lot.remaining, v_lot.id, v_available);
      v_count := v_count + 1;
    end loop;
  end loop;
  update lots set swept = true where id in (
    select id from lots
    where not swept and expires_at is not null and expires_at <= clock_timestamp() and remaining = 0 and held = 0
    order by expires_at limit 10 * p_limit for update skip locked);
  return v_count;
end $$;

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
        credits_each bigint, outputs int))
      with ordinality as q (id, account_id, api_key_id, idempotency_key, hash, model, model_version, kind, route, deadline_seconds, input,
        metadata, output_ids, seeds, credits_each, outputs, ordinal)
    where v_befores[q.ordinal] is not null
  ), generation as (
    insert into generations (id, account_id, api_key_id, model, model_version, kind, route, deadline_seconds, input, output_count, quoted,
        request_hash, metadata, created_at)
      select id, account_id, api_key_id, model, model_version, kind, route, deadline_seconds, input, outputs, asked.needed, request_hash, metadata, v_at
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
drop function accept_write(accept_request[], timestamptz);
drop function ledger_reserve_many(uuid[], uuid[], bigint[], timestamptz);
drop type accept_request;

-- The same for what workers ask for every output: their plans too were made while the tables were small, and read them from end to
-- end while they grew. A claim joins what it took with the tables: told that it takes a thousand, the planner read all of both.
alter function claim_outputs(uuid[], int[], uuid, int) rows 16;

create function claim_work(p_outputs uuid[], p_attempts int[], p_owner uuid, p_lease_seconds int)
returns table (output_id uuid, attempt int, account_id uuid, generation_id uuid, index int, seed bigint, input jsonb, route jsonb,
  deadline_seconds int, failures int, cancel_requested boolean) language plpgsql as $$
begin
  return query
    select c.output_id, c.attempt, o.account_id, o.generation_id, o.index, o.seed, g.input, g.route, g.deadline_seconds, w.failures, w.cancel_requested
    from claim_outputs(p_outputs, p_attempts, p_owner, p_lease_seconds) c
    join outputs o on o.id = c.output_id join generations g on g.id = o.generation_id join work w on w.output_id = o.id;
end $$;

create function mark_sent(p_outputs uuid[], p_attempts int[], p_owner uuid) returns table (output_id uuid) language plpgsql as $$
begin
  return query
    update attempts a set state = 'sent', sent_at = clock_timestamp()
    from unnest(p_outputs, p_attempts) as m (output_id, attempt)
    join work w on w.output_id = m.output_id and w.attempt = m.attempt and w.lease_owner = p_owner and w.lease_until > clock_timestamp()
    where a.output_id = m.output_id and a.attempt = m.attempt and a.state in ('prepared', 'sent')
    returning a.output_id;
end $$;

create function note_result(p_output uuid, p_attempt int, p_owner uuid, p_result jsonb) returns table (id uuid) language plpgsql as $$
begin
  return query
    with kept as (
      select w.output_id, w.attempt from work w
      where w.output_id = p_output and w.attempt = p_attempt and w.lease_owner = p_owner and w.lease_until > clock_timestamp() for update
    ), noted as (
      update attempts a set result = p_result || jsonb_build_object('noted_at', clock_timestamp())
      from kept where a.output_id = kept.output_id and a.attempt = kept.attempt returning a.output_id
    )
    update outputs o set state = case o.state when 'leased' then 'finalizing' else o.state end
    from noted where o.id = noted.output_id and o.state in ('leased', 'finalizing', 'unknown') returning o.id;
end $$;

-- By account and output, as everybody does who locks several rows of `work`: else two could wait for each other.
create function extend_leases(p_outputs uuid[], p_attempts int[], p_owner uuid, p_lease_seconds int)
returns table (output_id uuid, cancel_requested boolean) language plpgsql as $$
begin
  return query
    with kept as (
      select w.output_id from work w
      join unnest(p_outputs, p_attempts) as m (output_id, attempt) on m.output_id = w.output_id and m.attempt = w.attempt
      where w.lease_owner = p_owner and w.lease_until > clock_timestamp() order by w.account_id, w.output_id for update of w
    )
    update work w set lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds),
      due_at = clock_timestamp() + make_interval(secs => p_lease_seconds)
    from kept where w.output_id = kept.output_id returning w.output_id, w.cancel_requested;
end $$;

do $$
declare
  v_function regproc;
  v_setting text;
begin
  foreach v_function in array array['claim_work', 'claim_outputs', 'mark_sent', 'note_result', 'extend_leases', 'report_progress', 'requeue_output',
    'mark_unknown', 'settle_many', 'request_cancel', 'ledger_grant']::regproc[] loop
    execute format('alter function %s set plan_cache_mode = force_generic_plan', v_function::regprocedure);
    foreach v_setting in array array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'] loop
      execute format('alter function %s set %I = off', v_function::regprocedure, v_setting);
    end loop;
  end loop;
end $$;
