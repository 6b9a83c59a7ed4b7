create table generations (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  api_key_id uuid,
  model text not null,
  -- The manifest's version and what of it a later look needs: a re-priced or retired model changes no past generation.
  model_version int not null,
  kind text not null,
  route jsonb not null,
  deadline_seconds int not null check (deadline_seconds > 0),
  input jsonb not null check (pg_column_size(input) < 262144),
  output_count int not null check (output_count > 0),
  quoted bigint not null check (quoted >= 0),
  charged bigint not null default 0 check (charged >= 0),
  released bigint not null default 0 check (released >= 0),
  request_hash bytea not null check (length(request_hash) = 32),
  metadata jsonb not null default '{}',
  warnings jsonb not null default '[]',
  status text not null default 'queued' check (status in ('queued', 'running', 'unknown', 'succeeded', 'failed', 'canceled')),
  error jsonb,
  cancel_requested_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  deleted_at timestamptz,
  media_purged_at timestamptz,
  check ((status in ('succeeded', 'failed', 'canceled')) = (finished_at is not null)),
  check (charged + released <= quoted),
  check (finished_at is null or charged + released = quoted)
) with (fillfactor = 75);
create index generations_to_purge on generations (id) where deleted_at is not null and media_purged_at is null;
create index generations_of_account on generations (account_id, id desc) where deleted_at is null;

create table idempotency_keys (
  account_id uuid not null references accounts (id),
  key text not null check (length(key) between 1 and 255),
  request_hash bytea not null,
  generation_id uuid not null references generations (id),
  created_at timestamptz not null default now(),
  primary key (account_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- One of the results of a generation. Its attempt number is the fence: a write from an older attempt changes nothing.
create table outputs (
  id uuid primary key,
  generation_id uuid not null references generations (id),
  account_id uuid not null,
  index int not null check (index >= 0),
  state text not null default 'queued'
    check (state in ('queued', 'leased', 'finalizing', 'unknown', 'delivered', 'refused', 'failed', 'canceled', 'written_off')),
  attempt int not null default 0,
  credits bigint not null check (credits >= 0),
  captured bigint not null default 0 check (captured >= 0),
  released bigint not null default 0 check (released >= 0),
  seed bigint not null,
  storage_key text,
  thumbnail_key text,
  mime text,
  width int,
  height int,
  bytes bigint,
  duration_ms int,
  sha256 bytea check (length(sha256) = 32),
  thumbhash text,
  error jsonb,
  provider_ms int,
  transfer_ms int,
  started_at timestamptz,
  settled_at timestamptz,
  media_deleted_at timestamptz,
  unique (generation_id, index),
  -- Verdict and settlement are one: an output is in a terminal state exactly if it is settled, in full.
  check ((state in ('delivered', 'refused', 'failed', 'canceled', 'written_off')) = (settled_at is not null)),
  check (case when settled_at is null then captured = 0 and released = 0 else captured + released = credits end),
  check (state = 'delivered' or captured = 0),
  check (state <> 'delivered' or (storage_key is not null and bytes is not null and sha256 is not null))
) with (fillfactor = 70);
create index outputs_by_storage_key on outputs (storage_key) where storage_key is not null;
create index outputs_by_thumbnail_key on outputs (thumbnail_key) where thumbnail_key is not null;

-- The live part of an output that has not settled: small, hot and deleted with the verdict, so that nothing here gets
-- slower as history grows. `due_at` is when the sweeper must look: a lost message, a dead lease, a silent provider.
create table work (
  output_id uuid primary key references outputs (id),
  account_id uuid not null,
  attempt int not null default 0,
  failures int not null default 0,
  lease_owner uuid,
  lease_until timestamptz,
  run_at timestamptz not null default clock_timestamp(),
  next_poll_at timestamptz,
  due_at timestamptz not null default clock_timestamp() + interval '15 seconds',
  deadline_at timestamptz,
  progress real,
  cancel_requested boolean not null default false,
  check ((lease_owner is null) = (lease_until is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- One try to have a provider make one output.
create table attempts (
  output_id uuid not null references outputs (id),
  attempt int not null,
  provider text not null,
  upstream_id text not null,
  state text not null default 'prepared' check (state in ('prepared', 'sent', 'accepted', 'delivered', 'refused', 'failed', 'unknown')),
  operation jsonb,
  result jsonb,
  error jsonb,
  cost_usd numeric,
  prepared_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  accepted_at timestamptz,
  finished_at timestamptz,
  primary key (output_id, attempt),
  check (state <> 'accepted' or operation is not null)
) with (fillfactor = 70);

-- Accepted work on its way to the queue. Rows are deleted when handed over.
create table outbox (
  id bigint generated always as identity primary key,
  output_id uuid not null,
  attempt int not null,
  available_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The Postgres queue driver's table: a doorbell with memory. Unlogged, because the sweeper re-issues what is lost.
create unlogged table queue_messages (
  id bigint generated always as identity primary key,
  output_id uuid not null,
  attempt int not null,
  visible_at timestamptz not null default clock_timestamp(),
  receives int not null default 0,
  published_at timestamptz not null default clock_timestamp()
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
-- A message that is waiting already is not worth a second one.
create unique index queue_messages_once on queue_messages (output_id, attempt);

-- What happened in an account, in order and without a gap: `seq` is counted under the account's lock.
create table events (
  account_id uuid not null references accounts (id),
  seq bigint not null,
  generation_id uuid,
  output_id uuid,
  output_index int,
  type text not null,
  progress real,
  available bigint,
  held bigint,
  created_at timestamptz not null default clock_timestamp(),
  primary key (account_id, seq)
);
create index events_of_generation on events (generation_id, seq) where generation_id is not null;
create index events_age on events (created_at);

-- Outputs that failed for good after their last attempt, until an operator has looked at them.
create table dead_letters (
  output_id uuid primary key references outputs (id),
  account_id uuid not null,
  generation_id uuid not null,
  cause text not null,
  message text not null,
  attempts int not null,
  credits bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  resolution text check (resolution in ('retried', 'discarded')),
  resolved_at timestamptz,
  resolved_generation_id uuid,
  reason text
);
create index dead_letters_open on dead_letters (cause, created_at) where resolution is null;

-- The account's lock must be held.
create function add_event(p_account uuid, p_type text, p_generation uuid, p_output uuid default null, p_index int default null, p_progress real default null)
returns void language sql as $$
  with counted as (
    update accounts set event_seq = event_seq + 1 where id = p_account returning event_seq, available, held
  )
  insert into events (account_id, seq, generation_id, output_id, output_index, type, progress, available, held)
    select p_account, event_seq, p_generation, p_output, p_index, p_type, p_progress,
      case when p_type = 'credits.changed' then available end, case when p_type = 'credits.changed' then held end
    from counted
$$;

-- Accepts many requests in one round trip; each is all or nothing, and its outcome is a row. Requests are taken in the
-- order of their accounts, so that two batches lock in the same order. Inside of PL/pgSQL every statement sees a fresh
-- snapshot: lock first, then look.
create function accept_many(p_requests jsonb)
returns table (place int, outcome text, generation_id uuid, needed bigint, available bigint) language plpgsql as $$
declare
  r record;
  v_earlier record;
  v_spendable bigint;
begin
  for r in
    select (q.ordinal - 1)::int as pos, x.*
    from jsonb_array_elements(p_requests) with ordinality as q (item, ordinal),
      jsonb_to_record(q.item) as x (id uuid, account_id uuid, api_key_id uuid, idempotency_key text, request_hash text, model text,
        model_version int, kind text, route jsonb, deadline_seconds int, input jsonb, metadata jsonb, output_ids uuid[], seeds bigint[],
        credits_each bigint, outputs int)
    order by x.account_id, q.ordinal
  loop
    place := r.pos;
    generation_id := r.id;
    needed := r.credits_each * r.outputs;
    available := null;
    perform from accounts where accounts.id = r.account_id for update;
    if not found then
      outcome := 'no_account'; return next; continue;
    end if;
    -- The answer of an earlier call with this very id was lost: it was accepted then.
    perform from generations g where g.id = r.id and g.account_id = r.account_id;
    if found then
      outcome := 'accepted'; return next; continue;
    end if;
    if r.idempotency_key is not null then
      select k.generation_id, k.request_hash into v_earlier from idempotency_keys k
        where k.account_id = r.account_id and k.key = r.idempotency_key;
      if found then
        generation_id := v_earlier.generation_id;
        outcome := case when v_earlier.request_hash = decode(r.request_hash, 'hex') then 'replayed' else 'mismatch' end;
        return next; continue;
      end if;
    end if;
    if needed > 0 then
      v_spendable := ledger_spendable(r.account_id);
      if v_spendable < needed then
        outcome := 'insufficient'; available := v_spendable; return next; continue;
      end if;
    end if;
    insert into generations (id, account_id, api_key_id, model, model_version, kind, route, deadline_seconds, input, output_count, quoted,
        request_hash, metadata)
      values (r.id, r.account_id, r.api_key_id, r.model, r.model_version, r.kind, r.route, r.deadline_seconds, r.input, r.outputs, needed,
        decode(r.request_hash, 'hex'), r.metadata);
    if r.idempotency_key is not null then
      insert into idempotency_keys (account_id, key, request_hash, generation_id)
        values (r.account_id, r.idempotency_key, decode(r.request_hash, 'hex'), r.id);
    end if;
    if needed > 0 then perform ledger_reserve(r.account_id, r.id, needed); end if;
    insert into outputs (id, generation_id, account_id, index, credits, seed)
      select u.id, r.id, r.account_id, (u.n - 1)::int, r.credits_each, u.seed
      from unnest(r.output_ids, r.seeds) with ordinality as u (id, seed, n);
    insert into work (output_id, account_id) select unnest(r.output_ids), r.account_id;
    insert into outbox (output_id, attempt) select unnest(r.output_ids), 0;
    perform add_event(r.account_id, 'generation.queued', r.id);
    if needed > 0 then perform add_event(r.account_id, 'credits.changed', null); end if;
    outcome := 'accepted';
    return next;
  end loop;
end $$;

-- Takes the lease of outputs that are queued and due, and opens their next attempt; `p_attempts` is the attempt that each
-- message was made for. What is not to be had is not in the answer.
create function claim_outputs(p_outputs uuid[], p_attempts int[], p_owner uuid, p_lease_seconds int)
returns table (output_id uuid, attempt int) language plpgsql as $$
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
      select g.id, g.attempt, route ->> 'provider', route ->> 'upstream_id' from generations where generations.id = g.generation_id;
    update generations set status = 'running', started_at = coalesce(started_at, clock_timestamp())
      where generations.id = g.generation_id and status in ('queued', 'unknown');
    perform add_event(w.account_id, 'generation.running', g.generation_id, g.id, g.index);
    output_id := g.id;
    attempt := g.attempt;
    return next;
  end loop;
end $$;

-- What a generation is, from its outputs. The account's lock must be held.
create function derive_generation(p_generation uuid) returns void language plpgsql as $$
declare
  g generations;
  s record;
  v_status text;
begin
  select * into g from generations where id = p_generation for update;
  select count(*) filter (where settled_at is null) as open,
      count(*) filter (where state in ('leased', 'finalizing')) as running,
      count(*) filter (where state = 'unknown') as unknown,
      count(*) filter (where state = 'delivered') as delivered,
      count(*) filter (where state in ('refused', 'failed', 'written_off')) as failed,
      coalesce(sum(captured), 0)::bigint as captured, coalesce(sum(released), 0)::bigint as released
    into s from outputs where generation_id = p_generation;
  v_status := case
    when s.open > 0 and s.running > 0 then 'running'
    when s.open > 0 and s.open = s.unknown then 'unknown'
    when s.open > 0 and g.started_at is not null then 'running'
    when s.open > 0 then 'queued'
    when s.delivered > 0 then 'succeeded'
    when s.failed > 0 then 'failed'
    else 'canceled' end;
  if v_status = g.status and s.captured = g.charged and s.released = g.released then return; end if;
  update generations set status = v_status, charged = s.captured, released = s.released,
      finished_at = case when s.open = 0 then clock_timestamp() end,
      error = case when v_status = 'failed' then (
        select o.error from outputs o where o.generation_id = p_generation and o.error is not null order by o.index limit 1) end
    where id = p_generation;
  if s.open = 0 then perform add_event(g.account_id, 'generation.' || v_status, p_generation); end if;
end $$;

-- Records verdicts and settles them: one transaction, whoever learns the verdict. Idempotent by output: what has settled
-- stays as it is. `attempt` is the fence; null (cancel before any attempt, write-off) fences by state alone.
create function settle_many(p_verdicts jsonb)
returns table (output_id uuid, outcome text) language plpgsql as $$
declare
  v record;
  o outputs;
  v_captured bigint;
  v_dead boolean;
begin
  for v in
    select x.* from jsonb_to_recordset(p_verdicts) as x (output_id uuid, account_id uuid, attempt int, state text, captured bigint,
      storage_key text, thumbnail_key text, mime text, width int, height int, bytes bigint, duration_ms int, sha256 text, thumbhash text,
      error jsonb, provider_ms int, transfer_ms int, cost_usd numeric, dead boolean, reason text)
    order by x.account_id, x.output_id
  loop
    output_id := v.output_id;
    perform from accounts where accounts.id = v.account_id for update;
    select * into o from outputs where outputs.id = v.output_id and outputs.account_id = v.account_id for update;
    if not found then
      outcome := 'missing'; return next; continue;
    end if;
    if o.settled_at is not null then
      outcome := 'already_settled'; return next; continue;
    end if;
    if v.attempt is not null and v.attempt <> o.attempt then
      outcome := 'fenced'; return next; continue;
    end if;
    if (v.state = 'canceled' and v.attempt is null and o.state <> 'queued') or (v.state = 'written_off' and o.state <> 'unknown') then
      outcome := 'not_in_state'; return next; continue;
    end if;
    v_captured := case when v.state = 'delivered' then least(coalesce(v.captured, o.credits), o.credits) else 0 end;
    update outputs set state = v.state, captured = v_captured, released = o.credits - v_captured, settled_at = clock_timestamp(),
        storage_key = v.storage_key, thumbnail_key = v.thumbnail_key, mime = v.mime, width = v.width, height = v.height, bytes = v.bytes,
        duration_ms = v.duration_ms, sha256 = decode(v.sha256, 'hex'), thumbhash = v.thumbhash, error = v.error,
        provider_ms = v.provider_ms, transfer_ms = v.transfer_ms
      where outputs.id = o.id;
    delete from work where work.output_id = o.id;
    update attempts set state = case when v.state in ('delivered', 'refused') then v.state else 'failed' end, error = v.error,
        cost_usd = v.cost_usd, finished_at = clock_timestamp()
      where attempts.output_id = o.id and attempts.attempt = o.attempt;
    perform ledger_settle(o.account_id, o.generation_id, o.id, o.index, v_captured, o.credits - v_captured);
    if coalesce(v.dead, false) then
      insert into dead_letters (output_id, account_id, generation_id, cause, message, attempts, credits)
        values (o.id, o.account_id, o.generation_id, coalesce(v.error ->> 'code', 'unknown'), coalesce(v.reason, v.error ->> 'message', ''), o.attempt, o.credits);
    end if;
    perform add_event(o.account_id, 'generation.output', o.generation_id, o.id, o.index);
    perform derive_generation(o.generation_id);
    if o.credits > 0 then perform add_event(o.account_id, 'credits.changed', null); end if;
    outcome := 'settled';
    return next;
  end loop;
end $$;

-- Another try, later: the output goes back to the queue under the same hold. A failure burns one of its chances, a wait does not.
create function requeue_output(p_output uuid, p_account uuid, p_attempt int, p_after_seconds double precision, p_burn boolean, p_error jsonb)
returns boolean language plpgsql as $$
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
      failures = failures + case when p_burn then 1 else 0 end,
      run_at = clock_timestamp() + make_interval(secs => p_after_seconds),
      due_at = clock_timestamp() + make_interval(secs => p_after_seconds + 15)
    where output_id = p_output;
  update attempts set state = 'failed', error = p_error, finished_at = clock_timestamp()
    where output_id = p_output and attempt = p_attempt and state not in ('delivered', 'refused');
  insert into outbox (output_id, attempt, available_at) values (p_output, p_attempt, clock_timestamp() + make_interval(secs => p_after_seconds));
  perform derive_generation(v_generation);
  return true;
end $$;

-- The answer of a sent attempt was lost. The hold stays; nothing here decides what became of it.
create function mark_unknown(p_output uuid, p_account uuid, p_attempt int, p_why text, p_look_after_seconds double precision)
returns boolean language plpgsql as $$
declare o record;
begin
  perform from accounts where accounts.id = p_account for update;
  update outputs set state = 'unknown' where id = p_output and account_id = p_account and attempt = p_attempt and state in ('leased', 'finalizing')
    returning generation_id, index into o;
  if not found then return false; end if;
  update work set lease_owner = null, lease_until = null, next_poll_at = null, progress = null,
      due_at = clock_timestamp() + make_interval(secs => p_look_after_seconds)
    where output_id = p_output;
  update attempts set state = 'unknown', error = jsonb_build_object('message', p_why) where output_id = p_output and attempt = p_attempt;
  perform derive_generation(o.generation_id);
  perform add_event(p_account, 'generation.unknown', o.generation_id, p_output, o.index);
  return true;
end $$;

-- Progress of many outputs: never backwards, and only for the attempt that reports it.
create function report_progress(p_outputs uuid[], p_attempts int[], p_fractions real[]) returns void language plpgsql as $$
declare r record;
begin
  for r in
    select w.account_id, w.output_id, o.generation_id, o.index, m.attempt, m.fraction
    from unnest(p_outputs, p_attempts, p_fractions) as m (id, attempt, fraction)
    join work w on w.output_id = m.id join outputs o on o.id = m.id
    order by w.account_id, w.output_id
  loop
    perform from accounts where accounts.id = r.account_id for update;
    update work set progress = r.fraction
      where work.output_id = r.output_id and work.attempt = r.attempt and work.lease_owner is not null and coalesce(progress, 0) < r.fraction;
    if found then
      perform add_event(r.account_id, 'generation.progress', r.generation_id, r.output_id, r.index, r.fraction);
    end if;
  end loop;
end $$;

-- A request to cancel. Outputs that nobody works on are settled here, in the same transaction; for the others the worker
-- that holds them reads the wish with its next heartbeat.
create function request_cancel(p_account uuid, p_generation uuid) returns text language plpgsql as $$
declare g generations;
begin
  perform from accounts where accounts.id = p_account for update;
  select * into g from generations where id = p_generation and account_id = p_account and deleted_at is null;
  if not found then return 'missing'; end if;
  if g.status = 'canceled' then return 'canceled'; end if;
  if g.finished_at is not null then return 'finished'; end if;
  update generations set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()) where id = p_generation;
  update work set cancel_requested = true, next_poll_at = case when next_poll_at is not null then clock_timestamp() end
    from outputs o where o.id = work.output_id and o.generation_id = p_generation;
  perform settle_many(coalesce((
    select jsonb_agg(jsonb_build_object('output_id', o.id, 'account_id', o.account_id, 'state', 'canceled'))
    from outputs o where o.generation_id = p_generation and o.state = 'queued'), '[]'));
  return 'requested';
end $$;
