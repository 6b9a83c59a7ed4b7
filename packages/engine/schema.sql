-- What all migrations make together. Made by `npm run gen`, compared by `npm test`; do not edit by hand: add a migration.

create table accounts (
  id uuid not null,
  name text not null,
  available bigint not null default 0,
  held bigint not null default 0,
  spent bigint not null default 0,
  granted bigint not null default 0,
  expired bigint not null default 0,
  clawed_back bigint not null default 0,
  event_seq bigint not null default 0,
  created_at timestamp with time zone not null default now(),
  proven boolean not null default true,
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_sound CHECK (((LEAST(available, held, spent, expired, clawed_back) >= 0) AND (((((available + held) + spent) + expired) + clawed_back) = granted)))
) with (fillfactor=70);

create table api_keys (
  id uuid not null,
  account_id uuid not null,
  name text not null,
  hint text not null,
  hash bytea not null,
  scopes text[] not null,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_hash_key UNIQUE (hash),
  constraint api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint api_keys_hash_check CHECK ((length(hash) = 32)),
  constraint api_keys_scopes_check CHECK ((cardinality(scopes) > 0))
);

create table attempts (
  output_id uuid not null,
  attempt integer not null,
  provider text not null,
  upstream_id text not null,
  state text not null default 'prepared'::text,
  operation jsonb,
  result jsonb,
  error jsonb,
  cost_usd numeric,
  prepared_at timestamp with time zone not null default clock_timestamp(),
  sent_at timestamp with time zone,
  accepted_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint attempts_pkey PRIMARY KEY (output_id, attempt),
  constraint attempts_check CHECK (((state <> 'accepted'::text) OR (operation IS NOT NULL))),
  constraint attempts_state_check CHECK ((state = ANY (ARRAY['prepared'::text, 'sent'::text, 'accepted'::text, 'delivered'::text, 'refused'::text, 'failed'::text, 'unknown'::text])))
) with (fillfactor=70);

create table auth_identities (
  id text not null,
  user_id text not null,
  account_id text not null,
  provider_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  scope text,
  password text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint auth_identities_pkey PRIMARY KEY (id),
  constraint auth_identities_provider_id_account_id_key UNIQUE (provider_id, account_id),
  constraint auth_identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_users(id) ON DELETE CASCADE
);

create table auth_sessions (
  id text not null,
  user_id text not null,
  token text not null,
  expires_at timestamp with time zone not null,
  ip_address text,
  user_agent text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint auth_sessions_pkey PRIMARY KEY (id),
  constraint auth_sessions_token_key UNIQUE (token),
  constraint auth_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_users(id) ON DELETE CASCADE
);

create table auth_users (
  id text not null,
  name text not null,
  email text not null,
  email_verified boolean not null default false,
  image text,
  role text not null default 'creator'::text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint auth_users_pkey PRIMARY KEY (id),
  constraint auth_users_email_key UNIQUE (email),
  constraint auth_users_email_check CHECK ((email = lower(email))),
  constraint auth_users_role_check CHECK ((role = ANY (ARRAY['creator'::text, 'admin'::text])))
);

create table auth_verifications (
  id text not null,
  identifier text not null,
  value text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint auth_verifications_pkey PRIMARY KEY (id)
);

create table broken_rules (
  invariant text not null,
  rule text not null,
  account_id uuid,
  rows jsonb not null,
  found_at timestamp with time zone not null default clock_timestamp(),
  constraint broken_rules_rule_account_id_key UNIQUE NULLS NOT DISTINCT (rule, account_id)
);

create table circuits (
  provider text not null,
  upstream_id text not null,
  class text not null,
  message text not null,
  times integer not null default 1,
  opened_at timestamp with time zone not null default clock_timestamp(),
  open_until timestamp with time zone not null,
  constraint circuits_pkey PRIMARY KEY (provider, upstream_id),
  constraint circuits_times_check CHECK ((times >= 1))
);

create table dead_letters (
  output_id uuid not null,
  account_id uuid not null,
  generation_id uuid not null,
  cause text not null,
  message text not null,
  attempts integer not null,
  credits bigint not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  resolution text,
  resolved_at timestamp with time zone,
  resolved_generation_id uuid,
  reason text,
  constraint dead_letters_pkey PRIMARY KEY (output_id),
  constraint dead_letters_output_id_fkey FOREIGN KEY (output_id) REFERENCES outputs(id),
  constraint dead_letters_resolution_check CHECK ((resolution = ANY (ARRAY['retried'::text, 'discarded'::text])))
);

create table events (
  account_id uuid not null,
  seq bigint not null,
  generation_id uuid,
  output_id uuid,
  output_index integer,
  type text not null,
  progress real,
  available bigint,
  held bigint,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint events_pkey PRIMARY KEY (account_id, seq)
);

create table generations (
  id uuid not null,
  account_id uuid not null,
  api_key_id uuid,
  model text not null,
  model_version integer not null,
  kind text not null,
  route jsonb not null,
  deadline_seconds integer not null,
  input jsonb not null,
  output_count integer not null,
  quoted bigint not null,
  charged bigint not null default 0,
  released bigint not null default 0,
  request_hash bytea not null,
  metadata jsonb not null default '{}'::jsonb,
  warnings jsonb not null default '[]'::jsonb,
  status text not null default 'queued'::text,
  error jsonb,
  cancel_requested_at timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  deleted_at timestamp with time zone,
  media_purged_at timestamp with time zone,
  origin jsonb,
  constraint generations_pkey PRIMARY KEY (id),
  constraint generations_sound CHECK ((((concat_ws(' '::text, status, (finished_at IS NOT NULL)))::generation_form IS NOT NULL) AND (LEAST(charged, released, ((quoted - charged) - released)) >= 0) AND ((finished_at IS NULL) OR ((charged + released) = quoted)) AND (LEAST(deadline_seconds, output_count) > 0) AND (length(request_hash) = 32) AND (pg_column_size(input) < 262144)))
) with (fillfactor=75);

create table idempotency_keys (
  account_id uuid not null,
  key text not null,
  request_hash bytea not null,
  generation_id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_keys_pkey PRIMARY KEY (account_id, key),
  constraint idempotency_keys_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

create table inbox (
  id bigint not null generated always as identity,
  provider text not null,
  event_id text not null,
  output_id uuid,
  task_id text,
  sight jsonb,
  received_at timestamp with time zone not null default clock_timestamp(),
  due_at timestamp with time zone not null default clock_timestamp(),
  closed_at timestamp with time zone,
  outcome text,
  operation jsonb,
  constraint inbox_pkey PRIMARY KEY (id),
  constraint inbox_provider_event_id_key UNIQUE (provider, event_id),
  constraint inbox_check CHECK (((output_id IS NOT NULL) OR (task_id IS NOT NULL))),
  constraint inbox_check1 CHECK (((closed_at IS NULL) = (outcome IS NULL))),
  constraint inbox_event_id_check CHECK (((length(event_id) >= 1) AND (length(event_id) <= 255))),
  constraint inbox_outcome_check CHECK ((outcome = ANY (ARRAY['applied'::text, 'asked'::text, 'late'::text, 'stale'::text, 'orphan'::text])))
);

create table installation (
  one boolean not null default true,
  id uuid not null default gen_random_uuid(),
  made_at timestamp with time zone not null default clock_timestamp(),
  constraint installation_pkey PRIMARY KEY (one),
  constraint installation_one_check CHECK (one)
);

create table lots (
  id uuid not null,
  account_id uuid not null,
  source text not null,
  business_key text not null,
  granted bigint not null,
  remaining bigint not null,
  held bigint not null default 0,
  expires_at timestamp with time zone,
  reason text,
  created_at timestamp with time zone not null default now(),
  swept boolean not null default false,
  constraint lots_pkey PRIMARY KEY (id),
  constraint lots_business_key_key UNIQUE (business_key),
  constraint lots_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint lots_sound CHECK ((((source)::lot_source IS NOT NULL) AND (granted > 0) AND (LEAST(remaining, held, ((granted - remaining) - held)) >= 0)))
) with (fillfactor=80);

create table members (
  account_id uuid not null,
  user_id text not null,
  role text not null,
  created_at timestamp with time zone not null default now(),
  constraint members_pkey PRIMARY KEY (account_id, user_id),
  constraint members_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint members_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_users(id) ON DELETE CASCADE,
  constraint members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'member'::text])))
);

create table model_choices (
  id text not null,
  version integer,
  enabled boolean not null default true,
  changed_at timestamp with time zone not null default now(),
  constraint model_choices_pkey PRIMARY KEY (id),
  constraint model_choices_id_version_fkey FOREIGN KEY (id, version) REFERENCES model_versions(id, version)
);

create table model_versions (
  id text not null,
  version integer not null,
  manifest jsonb not null,
  source text not null,
  created_at timestamp with time zone not null default now(),
  constraint model_versions_pkey PRIMARY KEY (id, version),
  constraint model_versions_source_check CHECK ((source = ANY (ARRAY['shipped'::text, 'operator'::text]))),
  constraint model_versions_version_check CHECK ((version >= 1))
);

create table orphans (
  key text not null,
  seen_at timestamp with time zone not null,
  constraint orphans_pkey PRIMARY KEY (key)
);

create table outbox (
  id bigint not null generated always as identity,
  output_id uuid not null,
  attempt integer not null,
  available_at timestamp with time zone not null default clock_timestamp(),
  constraint outbox_pkey PRIMARY KEY (id)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

create table outputs (
  id uuid not null,
  generation_id uuid not null,
  account_id uuid not null,
  index integer not null,
  state text not null default 'queued'::text,
  attempt integer not null default 0,
  credits bigint not null,
  captured bigint not null default 0,
  released bigint not null default 0,
  seed bigint not null,
  storage_key text,
  thumbnail_key text,
  mime text,
  width integer,
  height integer,
  bytes bigint,
  duration_ms integer,
  sha256 bytea,
  thumbhash text,
  error jsonb,
  provider_ms integer,
  transfer_ms integer,
  started_at timestamp with time zone,
  settled_at timestamp with time zone,
  media_deleted_at timestamp with time zone,
  waveform text,
  provenance text,
  constraint outputs_pkey PRIMARY KEY (id),
  constraint outputs_generation_id_index_key UNIQUE (generation_id, index),
  constraint outputs_provenance_check CHECK ((provenance = ANY (ARRAY['c2pa'::text, 'source_type'::text, 'marked'::text]))),
  constraint outputs_sound CHECK ((((concat_ws(' '::text, state, (settled_at IS NOT NULL)))::output_form IS NOT NULL) AND (LEAST((index)::bigint, credits, captured, released) >= 0) AND ((captured + released) =
CASE
    WHEN (settled_at IS NULL) THEN (0)::bigint
    ELSE credits
END) AND
CASE
    WHEN (state = 'delivered'::text) THEN (num_nulls(storage_key, bytes, sha256) = 0)
    ELSE (captured = 0)
END AND ((sha256 IS NULL) OR (length(sha256) = 32))))
) with (fillfactor=70);

create table proofs (
  account_id uuid not null,
  transfer_id bigint not null,
  granted bigint not null,
  reserved bigint not null,
  captured bigint not null,
  released bigint not null,
  expired bigint not null,
  clawed_back bigint not null,
  event_seq bigint not null,
  proven_at timestamp with time zone not null default clock_timestamp(),
  constraint proofs_pkey PRIMARY KEY (account_id),
  constraint proofs_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id)
) with (fillfactor=70);

create unlogged table queue_messages (
  id bigint not null generated always as identity,
  output_id uuid not null,
  attempt integer not null,
  visible_at timestamp with time zone not null default clock_timestamp(),
  receives integer not null default 0,
  published_at timestamp with time zone not null default clock_timestamp(),
  constraint queue_messages_pkey PRIMARY KEY (id)
) with (fillfactor=60, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

create unlogged table queue_set_aside (
  output_id uuid not null,
  attempt integer not null,
  set_aside_at timestamp with time zone not null default clock_timestamp(),
  constraint queue_set_aside_pkey PRIMARY KEY (output_id, attempt)
);

create unlogged table rate_windows (
  key text not null,
  window_start timestamp with time zone not null,
  hits bigint not null,
  constraint rate_windows_pkey PRIMARY KEY (key, window_start)
);

create table reservation_lots (
  reservation_id uuid not null,
  lot_id uuid not null,
  credits bigint not null,
  open_credits bigint not null,
  constraint reservation_lots_pkey PRIMARY KEY (reservation_id, lot_id),
  constraint reservation_lots_sound CHECK (((credits > 0) AND (LEAST(open_credits, (credits - open_credits)) >= 0)))
) with (fillfactor=80);

create table reservations (
  id uuid not null,
  account_id uuid not null,
  credits bigint not null,
  open_credits bigint not null,
  state text not null default 'open'::text,
  created_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  constraint reservations_pkey PRIMARY KEY (id),
  constraint reservations_sound CHECK ((((concat_ws(' '::text, state, (settled_at IS NOT NULL), (open_credits = 0)))::reservation_form IS NOT NULL) AND (credits > 0) AND (LEAST(open_credits, (credits - open_credits)) >= 0)))
) with (fillfactor=80);

create table route_slots (
  output_id uuid not null,
  attempt integer not null,
  provider text not null,
  upstream_id text not null,
  taken_at timestamp with time zone not null default clock_timestamp(),
  constraint route_slots_pkey PRIMARY KEY (output_id, attempt)
);

create table transfers (
  id bigint not null generated always as identity,
  account_id uuid not null,
  kind text not null,
  debit text not null,
  credit text not null,
  credits bigint not null,
  lot_id uuid,
  generation_id uuid,
  output_id uuid,
  output_index integer,
  reason text,
  available_after bigint not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint transfers_pkey PRIMARY KEY (id),
  constraint transfers_lot_id_fkey FOREIGN KEY (lot_id) REFERENCES lots(id),
  constraint transfers_sound CHECK ((((concat_ws(' '::text, kind, debit, credit, (lot_id IS NOT NULL), (generation_id IS NOT NULL), (output_id IS NOT NULL)))::transfer_form IS NOT NULL) AND (credits > 0) AND (available_after >= 0)))
);

create table unproven (
  account_id uuid not null,
  since timestamp with time zone not null default clock_timestamp(),
  constraint unproven_pkey PRIMARY KEY (account_id),
  constraint unproven_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

create table upload_uses (
  upload_id uuid not null,
  generation_id uuid not null,
  constraint upload_uses_pkey PRIMARY KEY (upload_id, generation_id),
  constraint upload_uses_generation_id_fkey FOREIGN KEY (generation_id) REFERENCES generations(id) ON DELETE CASCADE,
  constraint upload_uses_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES uploads(id) ON DELETE CASCADE
);

create table uploads (
  id uuid not null,
  account_id uuid not null,
  public_id text not null,
  purpose text not null,
  state text not null default 'waiting'::text,
  announced_mime text not null,
  announced_bytes bigint not null,
  announced_sha256 bytea,
  raw_key text,
  source_sha256 bytea,
  storage_key text,
  thumbnail_key text,
  mime text,
  width integer,
  height integer,
  bytes bigint,
  sha256 bytea,
  error jsonb,
  created_at timestamp with time zone not null default clock_timestamp(),
  look_at timestamp with time zone not null default (clock_timestamp() + '24:00:00'::interval),
  constraint uploads_pkey PRIMARY KEY (id),
  constraint uploads_public_id_key UNIQUE (public_id),
  constraint uploads_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint uploads_announced_bytes_check CHECK ((announced_bytes > 0)),
  constraint uploads_announced_sha256_check CHECK ((length(announced_sha256) = 32)),
  constraint uploads_bytes_check CHECK ((bytes > 0)),
  constraint uploads_check CHECK (((state = 'waiting'::text) = (raw_key IS NOT NULL))),
  constraint uploads_check1 CHECK (((state = 'refused'::text) = (error IS NOT NULL))),
  constraint uploads_check2 CHECK (((state = 'ready'::text) = ((storage_key IS NOT NULL) AND (mime IS NOT NULL) AND (bytes IS NOT NULL) AND (sha256 IS NOT NULL)))),
  constraint uploads_purpose_check CHECK ((purpose = ANY (ARRAY['image'::text, 'mask'::text, 'audio'::text]))),
  constraint uploads_sha256_check CHECK ((length(sha256) = 32)),
  constraint uploads_source_sha256_check CHECK ((length(source_sha256) = 32)),
  constraint uploads_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'ready'::text, 'refused'::text])))
);

create table whole_proofs (
  one boolean not null default true,
  due_at timestamp with time zone not null default clock_timestamp(),
  proven_at timestamp with time zone,
  constraint whole_proofs_pkey PRIMARY KEY (one),
  constraint whole_proofs_one_check CHECK (one)
);

create table work (
  output_id uuid not null,
  account_id uuid not null,
  attempt integer not null default 0,
  failures integer not null default 0,
  lease_owner uuid,
  lease_until timestamp with time zone,
  run_at timestamp with time zone not null default clock_timestamp(),
  next_poll_at timestamp with time zone,
  due_at timestamp with time zone not null default (clock_timestamp() + '00:00:15'::interval),
  deadline_at timestamp with time zone,
  progress real,
  cancel_requested boolean not null default false,
  route jsonb,
  constraint work_pkey PRIMARY KEY (output_id),
  constraint work_check CHECK (((lease_owner IS NULL) = (lease_until IS NULL)))
) with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

CREATE INDEX api_keys_account ON public.api_keys USING btree (account_id, id);

CREATE INDEX attempts_by_task ON public.attempts USING btree (provider, ((operation ->> 'id'::text))) WHERE (operation IS NOT NULL);

CREATE INDEX auth_identities_user ON public.auth_identities USING btree (user_id);

CREATE INDEX auth_sessions_expiry ON public.auth_sessions USING btree (expires_at);

CREATE INDEX auth_sessions_user ON public.auth_sessions USING btree (user_id);

CREATE INDEX auth_verifications_identifier ON public.auth_verifications USING btree (identifier);

CREATE INDEX dead_letters_open ON public.dead_letters USING btree (cause, created_at) WHERE (resolution IS NULL);

CREATE INDEX events_age ON public.events USING btree (created_at);

CREATE INDEX events_of_generation ON public.events USING btree (generation_id, seq) WHERE (generation_id IS NOT NULL);

CREATE INDEX generations_of_account ON public.generations USING btree (account_id, id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX generations_to_purge ON public.generations USING btree (id) WHERE ((deleted_at IS NOT NULL) AND (media_purged_at IS NULL));

CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (created_at);

CREATE INDEX inbox_age ON public.inbox USING btree (received_at);

CREATE INDEX inbox_open ON public.inbox USING btree (due_at) WHERE (closed_at IS NULL);

CREATE INDEX lots_of_account ON public.lots USING btree (account_id, expires_at, id);

CREATE INDEX lots_to_expire ON public.lots USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (NOT swept));

CREATE UNIQUE INDEX members_one_owned ON public.members USING btree (user_id) WHERE (role = 'owner'::text);

CREATE INDEX orphans_by_age ON public.orphans USING btree (seen_at);

CREATE INDEX outputs_by_storage_key ON public.outputs USING btree (storage_key) WHERE (storage_key IS NOT NULL);

CREATE INDEX outputs_by_thumbnail_key ON public.outputs USING btree (thumbnail_key) WHERE (thumbnail_key IS NOT NULL);

CREATE UNIQUE INDEX queue_messages_once ON public.queue_messages USING btree (output_id, attempt);

CREATE INDEX rate_windows_start ON public.rate_windows USING btree (window_start);

CREATE INDEX reservation_lots_open ON public.reservation_lots USING btree (lot_id) WHERE (open_credits > 0);

CREATE INDEX route_slots_route ON public.route_slots USING btree (provider, upstream_id, taken_at);

CREATE INDEX transfers_of_account ON public.transfers USING btree (account_id, id);

CREATE UNIQUE INDEX transfers_one_capture ON public.transfers USING btree (output_id) WHERE (kind = 'capture'::text);

CREATE UNIQUE INDEX transfers_one_grant ON public.transfers USING btree (lot_id) WHERE (kind = 'grant'::text);

CREATE UNIQUE INDEX transfers_one_release ON public.transfers USING btree (output_id) WHERE (kind = 'release'::text);

CREATE UNIQUE INDEX transfers_one_reserve ON public.transfers USING btree (generation_id) WHERE (kind = 'reserve'::text);

CREATE INDEX upload_uses_of_generation ON public.upload_uses USING btree (generation_id);

CREATE INDEX uploads_by_look ON public.uploads USING btree (look_at);

CREATE INDEX uploads_by_raw_key ON public.uploads USING btree (raw_key) WHERE (raw_key IS NOT NULL);

CREATE INDEX uploads_by_source ON public.uploads USING btree (account_id, source_sha256) WHERE (state = 'ready'::text);

CREATE INDEX uploads_by_storage_key ON public.uploads USING btree (storage_key) WHERE (storage_key IS NOT NULL);

CREATE INDEX uploads_by_thumbnail_key ON public.uploads USING btree (thumbnail_key) WHERE (thumbnail_key IS NOT NULL);

CREATE INDEX uploads_of_account ON public.uploads USING btree (account_id, state);

create view entries as
 SELECT transfers.id AS transfer_id,
    transfers.account_id,
    transfers.debit AS ledger_account,
    (- transfers.credits) AS amount,
    transfers.created_at
   FROM transfers
UNION ALL
 SELECT transfers.id AS transfer_id,
    transfers.account_id,
    transfers.credit AS ledger_account,
    transfers.credits AS amount,
    transfers.created_at
   FROM transfers;

CREATE OR REPLACE FUNCTION public.accept_many(p_requests jsonb)
 RETURNS TABLE(place integer, outcome text, generation_id uuid, needed bigint, available bigint, created_at timestamp with time zone)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.add_event(p_account uuid, p_type text, p_generation uuid, p_output uuid DEFAULT NULL::uuid, p_index integer DEFAULT NULL::integer, p_progress real DEFAULT NULL::real)
 RETURNS void
 LANGUAGE sql
AS $function$
  with counted as (
    update accounts set event_seq = event_seq + 1 where id = p_account returning event_seq, available, held
  )
  insert into events (account_id, seq, generation_id, output_id, output_index, type, progress, available, held)
    select p_account, event_seq, p_generation, p_output, p_index, p_type, p_progress,
      case when p_type = 'credits.changed' then available end, case when p_type = 'credits.changed' then held end
    from counted
$function$
;

CREATE OR REPLACE FUNCTION public.claim_work(p_outputs uuid[], p_attempts integer[], p_owner uuid, p_lease_seconds integer)
 RETURNS TABLE(output_id uuid, attempt integer, account_id uuid, generation_id uuid, index integer, seed bigint, input jsonb, route jsonb, deadline_seconds integer, failures integer, cancel_requested boolean)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.derive_generation(p_generation uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.drop_uploads(p_ids uuid[])
 RETURNS SETOF text
 LANGUAGE plpgsql
AS $function$
begin
  perform 1 from uploads where id = any(p_ids) order by id for update;
  return query
    with gone as (
      delete from uploads u where u.id = any(p_ids) returning u.raw_key, u.storage_key, u.thumbnail_key
    ), keys as (
      select raw_key as key from gone union select storage_key from gone union select thumbnail_key from gone
    )
    select k.key from keys k where k.key is not null
      and not exists (select from uploads o where o.storage_key = k.key and o.id <> all(p_ids))
      and not exists (select from uploads o where o.thumbnail_key = k.key and o.id <> all(p_ids));
end $function$
;

CREATE OR REPLACE FUNCTION public.extend_leases(p_outputs uuid[], p_attempts integer[], p_owner uuid, p_lease_seconds integer)
 RETURNS TABLE(output_id uuid, cancel_requested boolean)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_expire(p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_grant(p_lot uuid, p_account uuid, p_source text, p_key text, p_credits bigint, p_expires timestamp with time zone, p_reason text)
 RETURNS boolean
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
declare v_available bigint;
begin
  perform from accounts where id = p_account for update;
  if not found then raise exception 'no account %', p_account using errcode = 'foreign_key_violation'; end if;
  insert into lots (id, account_id, source, business_key, granted, remaining, expires_at, reason)
    values (p_lot, p_account, p_source, p_key, p_credits, p_credits, p_expires, p_reason)
    on conflict (business_key) do nothing;
  if not found then return false; end if;
  update accounts set available = available + p_credits, granted = granted + p_credits where id = p_account
    returning available into v_available;
  insert into transfers (account_id, kind, debit, credit, credits, lot_id, reason, available_after)
    values (p_account, 'grant', 'grants', 'wallet', p_credits, p_lot, p_reason, v_available);
  return true;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_spendable(p_account uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(remaining), 0)::bigint from lots
  where account_id = p_account and remaining > 0 and (expires_at is null or expires_at > clock_timestamp())
$function$
;

CREATE OR REPLACE FUNCTION public.mark_sent(p_outputs uuid[], p_attempts integer[], p_owner uuid)
 RETURNS TABLE(output_id uuid)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
begin
  return query
    update attempts a set state = 'sent', sent_at = clock_timestamp()
    from unnest(p_outputs, p_attempts) as m (output_id, attempt)
    join work w on w.output_id = m.output_id and w.attempt = m.attempt and w.lease_owner = p_owner and w.lease_until > clock_timestamp()
    where a.output_id = m.output_id and a.attempt = m.attempt and a.state in ('prepared', 'sent')
    returning a.output_id;
end $function$
;

CREATE OR REPLACE FUNCTION public.mark_unknown(p_output uuid, p_account uuid, p_attempt integer, p_why text, p_look_after_seconds double precision)
 RETURNS boolean
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.mark_unproven()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update accounts set proven = false where id = new.id;
  insert into unproven (account_id) values (new.id) on conflict do nothing;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.note_result(p_output uuid, p_attempt integer, p_owner uuid, p_result jsonb)
 RETURNS TABLE(id uuid)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.note_upload_uses()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  with named as (
    select distinct value #>> '{}' as public_id from jsonb_path_query(new.input, '$.**.upload') as value
  ), used as (
    update uploads u set look_at = clock_timestamp() + interval '24 hours'
    from named n where u.account_id = new.account_id and u.public_id = n.public_id returning u.id
  )
  insert into upload_uses (upload_id, generation_id) select id, new.id from used;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'rows of % are never deleted', tg_table_name using errcode = 'restrict_violation';
end $function$
;

CREATE OR REPLACE FUNCTION public.report_progress(p_outputs uuid[], p_attempts integer[], p_fractions real[])
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
begin
  perform from accounts where accounts.id = any(array(select w.account_id from work w where w.output_id = any(p_outputs)))
    order by accounts.id for update;
  with moved as materialized (
    select w.account_id, w.output_id, o.generation_id, o.index, m.fraction,
      row_number() over (partition by w.account_id order by o.generation_id, o.index) as place
    from unnest(p_outputs, p_attempts, p_fractions) as m (id, attempt, fraction)
    join work w on w.output_id = m.id and w.attempt = m.attempt
    join outputs o on o.id = m.id
    where o.state = 'leased' and coalesce(w.progress, 0) < m.fraction
  ), noted as (
    update work set progress = m.fraction from moved m where work.output_id = m.output_id
  ), counted as (
    update accounts set event_seq = event_seq + t.events
    from (select moved.account_id, count(*) as events from moved group by 1) t where accounts.id = t.account_id
    returning accounts.id, accounts.event_seq - t.events as before
  )
  insert into events (account_id, seq, type, generation_id, output_id, output_index, progress)
    select m.account_id, c.before + m.place, 'generation.progress', m.generation_id, m.output_id, m.index, m.fraction
    from moved m join counted c on c.id = m.account_id;
end $function$
;

CREATE OR REPLACE FUNCTION public.request_cancel(p_account uuid, p_generation uuid)
 RETURNS text
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
declare g generations;
begin
  perform from accounts where accounts.id = p_account for update;
  select * into g from generations where id = p_generation and account_id = p_account and deleted_at is null;
  if not found then return 'missing'; end if;
  if g.status = 'canceled' then return 'canceled'; end if;
  if g.finished_at is not null then return 'finished'; end if;
  update generations set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()) where id = p_generation;
  perform from work w join outputs o on o.id = w.output_id where o.generation_id = p_generation order by w.output_id for update of w;
  update work set cancel_requested = true, next_poll_at = case when next_poll_at is not null then clock_timestamp() end
    from outputs o where o.id = work.output_id and o.generation_id = p_generation;
  perform settle_many(coalesce((
    select jsonb_agg(jsonb_build_object('output_id', o.id, 'account_id', o.account_id, 'state', 'canceled'))
    from outputs o where o.generation_id = p_generation and o.state = 'queued'), '[]'));
  return 'requested';
end $function$
;

CREATE OR REPLACE FUNCTION public.requeue_output(p_output uuid, p_account uuid, p_attempt integer, p_after_seconds double precision, p_burn boolean, p_error jsonb, p_route jsonb DEFAULT NULL::jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.settle_many(p_verdicts jsonb)
 RETURNS TABLE(output_id uuid, outcome text)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.sweep_uploads(p_limit integer, p_now timestamp with time zone)
 RETURNS SETOF text
 LANGUAGE plpgsql
AS $function$
declare
  v_due uuid[];
  v_used uuid[];
begin
  select array_agg(d.id) into v_due from (
    select u.id from uploads u where u.look_at <= p_now order by u.look_at limit p_limit for update skip locked) d;
  if v_due is null then
    return;
  end if;
  select coalesce(array_agg(distinct s.upload_id), '{}') into v_used
    from upload_uses s join generations g on g.id = s.generation_id where s.upload_id = any(v_due) and g.deleted_at is null;
  update uploads set look_at = p_now + interval '24 hours' where id = any(v_used);
  return query select drop_uploads(array(select unnest(v_due) except select unnest(v_used)));
end $function$
;

CREATE OR REPLACE FUNCTION public.take_slot(p_output uuid, p_attempt integer, p_provider text, p_upstream text, p_at_once integer, p_a_minute integer)
 RETURNS double precision
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE TRIGGER accounts_stay BEFORE DELETE ON public.accounts FOR EACH ROW EXECUTE FUNCTION refuse_delete();

CREATE TRIGGER accounts_unproven AFTER UPDATE ON public.accounts FOR EACH ROW WHEN ((old.proven AND new.proven)) EXECUTE FUNCTION mark_unproven();

CREATE TRIGGER generations_stay BEFORE DELETE ON public.generations FOR EACH ROW EXECUTE FUNCTION refuse_delete();

CREATE TRIGGER generations_use_uploads AFTER INSERT ON public.generations FOR EACH ROW WHEN (((new.input)::text ~~ '%"upload"%'::text)) EXECUTE FUNCTION note_upload_uses();

CREATE TRIGGER lots_stay BEFORE DELETE ON public.lots FOR EACH ROW EXECUTE FUNCTION refuse_delete();

CREATE TRIGGER outputs_stay BEFORE DELETE ON public.outputs FOR EACH ROW EXECUTE FUNCTION refuse_delete();

CREATE TRIGGER reservations_stay BEFORE DELETE ON public.reservations FOR EACH ROW EXECUTE FUNCTION refuse_delete();

CREATE TRIGGER transfers_append_only BEFORE DELETE OR UPDATE ON public.transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON public.transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
