-- Credits granted at one time from one source. `remaining` is free, `held` is promised to generations.
create table lots (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  source text not null check (source in ('sign_up', 'grant', 'purchase', 'plan')),
  -- What was granted for: a second grant for the same reason is the same grant.
  business_key text not null unique,
  granted bigint not null check (granted > 0),
  remaining bigint not null check (remaining >= 0),
  held bigint not null default 0 check (held >= 0),
  expires_at timestamptz,
  reason text,
  created_at timestamptz not null default now(),
  check (remaining + held <= granted)
) with (fillfactor = 80);
create index lots_of_account on lots (account_id, expires_at, id);
create index lots_to_expire on lots (expires_at) where expires_at is not null and remaining > 0;

-- Append-only. One row moves `credits` from one ledger account to another, so every transfer sums to zero.
create table transfers (
  id bigint generated always as identity primary key,
  account_id uuid not null references accounts (id),
  kind text not null check (kind in ('grant', 'reserve', 'capture', 'release', 'expire', 'clawback')),
  debit text not null,
  credit text not null,
  credits bigint not null check (credits > 0),
  lot_id uuid references lots (id),
  generation_id uuid,
  output_id uuid,
  output_index int,
  reason text,
  -- The balance that this transfer left behind: a statement can be read from any line.
  available_after bigint not null check (available_after >= 0),
  created_at timestamptz not null default clock_timestamp(),
  check ((kind, debit, credit) in (
    ('grant', 'grants', 'wallet'), ('reserve', 'wallet', 'held'), ('capture', 'held', 'revenue'),
    ('release', 'held', 'wallet'), ('expire', 'wallet', 'expired'), ('clawback', 'wallet', 'clawed_back'))),
  check ((kind in ('grant', 'expire', 'clawback')) = (lot_id is not null)),
  check ((kind in ('reserve', 'capture', 'release')) = (generation_id is not null)),
  check ((kind in ('capture', 'release')) = (output_id is not null))
);
create index transfers_of_account on transfers (account_id, id);
create unique index transfers_one_grant on transfers (lot_id) where kind = 'grant';
create unique index transfers_one_reserve on transfers (generation_id) where kind = 'reserve';
create unique index transfers_one_capture on transfers (output_id) where kind = 'capture';
create unique index transfers_one_release on transfers (output_id) where kind = 'release';

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger transfers_append_only before update or delete on transfers for each row execute function refuse_change();
create trigger transfers_no_truncate before truncate on transfers for each statement execute function refuse_change();

-- Both sides of every transfer, as a bookkeeper reads them.
create view entries as
  select id as transfer_id, account_id, debit as ledger_account, -credits as amount, created_at from transfers
  union all
  select id, account_id, credit, credits, created_at from transfers;

-- The hold of one generation; `open_credits` is what no output has settled yet.
create table reservations (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  credits bigint not null check (credits > 0),
  open_credits bigint not null check (open_credits between 0 and credits),
  state text not null default 'open' check (state in ('open', 'settled')),
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  check ((state = 'settled') = (open_credits = 0)),
  check ((state = 'settled') = (settled_at is not null))
) with (fillfactor = 80);

create table reservation_lots (
  reservation_id uuid not null references reservations (id),
  lot_id uuid not null references lots (id),
  credits bigint not null check (credits > 0),
  open_credits bigint not null check (open_credits between 0 and credits),
  primary key (reservation_id, lot_id)
) with (fillfactor = 80);
create index reservation_lots_open on reservation_lots (lot_id) where open_credits > 0;

-- The account's lock must be held. Returns what is free to spend: unexpired, whatever the sweeper has done yet.
create function ledger_spendable(p_account uuid) returns bigint language sql stable as $$
  select coalesce(sum(remaining), 0)::bigint from lots
  where account_id = p_account and remaining > 0 and (expires_at is null or expires_at > clock_timestamp())
$$;

-- One lot. Answers false if this business key was granted before.
create function ledger_grant(p_lot uuid, p_account uuid, p_source text, p_key text, p_credits bigint, p_expires timestamptz, p_reason text)
returns boolean language plpgsql as $$
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
end $$;

-- Takes from the lots that expire first. The account's lock must be held and the funds known to suffice.
create function ledger_reserve(p_account uuid, p_reservation uuid, p_credits bigint) returns void language plpgsql as $$
declare v_available bigint;
begin
  insert into reservations (id, account_id, credits, open_credits) values (p_reservation, p_account, p_credits, p_credits);
  with spendable as (
    select id, remaining, (sum(remaining) over (order by expires_at nulls last, id) - remaining)::bigint as before
    from lots
    where account_id = p_account and remaining > 0 and (expires_at is null or expires_at > clock_timestamp())
  ), taken as (
    select id, least(remaining, p_credits - before) as credits from spendable where before < p_credits
  ), drawn as (
    update lots set remaining = lots.remaining - taken.credits, held = lots.held + taken.credits
    from taken where lots.id = taken.id
    returning lots.id, taken.credits
  )
  insert into reservation_lots (reservation_id, lot_id, credits, open_credits)
    select p_reservation, id, credits, credits from drawn;
  update accounts set available = available - p_credits, held = held + p_credits where id = p_account
    returning available into v_available;
  insert into transfers (account_id, kind, debit, credit, credits, generation_id, available_after)
    values (p_account, 'reserve', 'wallet', 'held', p_credits, p_reservation, v_available);
end $$;

-- Settles one output: captures part of its share of the hold and lets go of the rest, lot by lot in the order they were
-- taken. The account's lock must be held; the caller has made sure that this output settles once, and the unique
-- indexes of `transfers` make it impossible to do it twice.
create function ledger_settle(p_account uuid, p_reservation uuid, p_output uuid, p_index int, p_captured bigint, p_released bigint)
returns void language plpgsql as $$
declare
  v_available bigint;
  v_capture bigint := p_captured;
  v_release bigint := p_released;
  v_from_capture bigint;
  v_from_release bigint;
  v_part record;
begin
  if p_captured + p_released = 0 then return; end if;
  for v_part in
    select r.lot_id, r.open_credits from reservation_lots r join lots l on l.id = r.lot_id
    where r.reservation_id = p_reservation and r.open_credits > 0
    order by l.expires_at nulls last, l.id
  loop
    v_from_capture := least(v_part.open_credits, v_capture);
    v_from_release := least(v_part.open_credits - v_from_capture, v_release);
    exit when v_from_capture + v_from_release = 0;
    update reservation_lots set open_credits = open_credits - v_from_capture - v_from_release
      where reservation_id = p_reservation and lot_id = v_part.lot_id;
    update lots set held = held - v_from_capture - v_from_release, remaining = remaining + v_from_release where id = v_part.lot_id;
    v_capture := v_capture - v_from_capture;
    v_release := v_release - v_from_release;
  end loop;
  if v_capture + v_release <> 0 then
    raise exception 'reservation % does not cover output %', p_reservation, p_output using errcode = 'check_violation';
  end if;
  update reservations set open_credits = open_credits - p_captured - p_released,
      state = case when open_credits = p_captured + p_released then 'settled' else 'open' end,
      settled_at = case when open_credits = p_captured + p_released then clock_timestamp() end
    where id = p_reservation;
  update accounts set held = held - p_captured - p_released, spent = spent + p_captured, available = available + p_released
    where id = p_account returning available into v_available;
  if p_captured > 0 then
    insert into transfers (account_id, kind, debit, credit, credits, generation_id, output_id, output_index, available_after)
      values (p_account, 'capture', 'held', 'revenue', p_captured, p_reservation, p_output, p_index, v_available - p_released);
  end if;
  if p_released > 0 then
    insert into transfers (account_id, kind, debit, credit, credits, generation_id, output_id, output_index, available_after)
      values (p_account, 'release', 'held', 'wallet', p_released, p_reservation, p_output, p_index, v_available);
  end if;
end $$;

-- Moves what is left in expired lots out of wallets; what is held stays alive until it settles. Answers how many lots.
create function ledger_expire(p_limit int) returns int language plpgsql as $$
declare
  v_account uuid;
  v_lot record;
  v_available bigint;
  v_count int := 0;
begin
  for v_account in
    select distinct account_id from lots
    where remaining > 0 and expires_at is not null and expires_at <= clock_timestamp()
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
  return v_count;
end $$;
