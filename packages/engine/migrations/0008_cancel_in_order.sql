-- A cancel locked the rows of `work` in whatever order it found them, and so did a heartbeat: each could wait for the other, and
-- the database ended one of the two. Whoever locks several rows of `work` does it by account and output.
create or replace function request_cancel(p_account uuid, p_generation uuid) returns text language plpgsql as $$
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
end $$;
