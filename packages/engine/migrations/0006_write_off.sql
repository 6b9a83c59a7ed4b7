-- The reason of an operator's write-off stands in the ledger, beside the credits that it gives back. What the provider made of
-- the attempt stays unknown.
drop function ledger_settle(uuid, uuid, uuid, int, bigint, bigint);

create function ledger_settle(p_account uuid, p_reservation uuid, p_output uuid, p_index int, p_captured bigint, p_released bigint, p_reason text)
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
    insert into transfers (account_id, kind, debit, credit, credits, generation_id, output_id, output_index, available_after, reason)
      values (p_account, 'release', 'held', 'wallet', p_released, p_reservation, p_output, p_index, v_available, p_reason);
  end if;
end $$;

create or replace function settle_many(p_verdicts jsonb)
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
    update attempts set state = case v.state when 'delivered' then 'delivered' when 'refused' then 'refused' when 'written_off' then 'unknown' else 'failed' end, error = v.error,
        cost_usd = v.cost_usd, finished_at = clock_timestamp()
      where attempts.output_id = o.id and attempts.attempt = o.attempt;
    perform ledger_settle(o.account_id, o.generation_id, o.id, o.index, v_captured, o.credits - v_captured, v.reason);
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
