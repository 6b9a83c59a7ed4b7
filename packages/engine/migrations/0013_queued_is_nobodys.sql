-- An attempt that was given up leaves its output queued under the same number until the next one begins. Whoever had lost the
-- lease could still write the old attempt's verdict then; now it is fenced like any other that comes late.
create or replace function settle_many(p_verdicts jsonb)
returns table (output_id uuid, outcome text)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
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
    if v.attempt is not null and (v.attempt <> o.attempt or o.state = 'queued') then
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
