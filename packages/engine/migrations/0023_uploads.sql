-- Files that people give: each is announced, put at `raw_key` by whoever has the link, looked at, and kept as a copy at `storage_key`.
create table uploads (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  -- As inputs of generations name it.
  public_id text not null unique,
  purpose text not null check (purpose in ('image', 'mask', 'audio')),
  state text not null default 'waiting' check (state in ('waiting', 'ready', 'refused')),
  announced_mime text not null,
  announced_bytes bigint not null check (announced_bytes > 0),
  announced_sha256 bytea check (length(announced_sha256) = 32),
  raw_key text,
  -- Of the file as it came: the same bytes again need no second look.
  source_sha256 bytea check (length(source_sha256) = 32),
  -- Rows of one account may share a copy.
  storage_key text,
  thumbnail_key text,
  mime text,
  width int,
  height int,
  bytes bigint check (bytes > 0),
  sha256 bytea check (length(sha256) = 32),
  error jsonb,
  created_at timestamptz not null default clock_timestamp(),
  -- When to look whether anything uses it still.
  look_at timestamptz not null default clock_timestamp() + interval '24 hours',
  check ((state = 'waiting') = (raw_key is not null)),
  check ((state = 'refused') = (error is not null)),
  check ((state = 'ready') = (storage_key is not null and mime is not null and bytes is not null and sha256 is not null))
);
create index uploads_of_account on uploads (account_id, state);
create index uploads_by_look on uploads (look_at);
create index uploads_by_source on uploads (account_id, source_sha256) where state = 'ready';
create index uploads_by_raw_key on uploads (raw_key) where raw_key is not null;
create index uploads_by_storage_key on uploads (storage_key) where storage_key is not null;
create index uploads_by_thumbnail_key on uploads (thumbnail_key) where thumbnail_key is not null;

create table upload_uses (
  upload_id uuid not null references uploads (id) on delete cascade,
  generation_id uuid not null references generations (id) on delete cascade,
  primary key (upload_id, generation_id)
);
create index upload_uses_of_generation on upload_uses (generation_id);

-- Whatever accepts a generation, its uploads are known to be used: a sweep that has one in hand finds the row changed, or is
-- waited for, and then the row is gone.
create function note_upload_uses() returns trigger language plpgsql as $$
begin
  with named as (
    select distinct value #>> '{}' as public_id from jsonb_path_query(new.input, '$.**.upload') as value
  ), used as (
    update uploads u set look_at = clock_timestamp() + interval '24 hours'
    from named n where u.account_id = new.account_id and u.public_id = n.public_id returning u.id
  )
  insert into upload_uses (upload_id, generation_id) select id, new.id from used;
  return null;
end $$;

create trigger generations_use_uploads after insert on generations
  for each row when (new.input::text like '%"upload"%') execute function note_upload_uses();

-- Deletes these rows. Answers the keys of objects that no upload points to any more. Each statement sees what was committed
-- before it, so that whoever shared a copy while the rows were waited for is seen.
create function drop_uploads(p_ids uuid[]) returns setof text language plpgsql as $$
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
end $$;

-- What nobody confirmed, and what no generation uses, goes a day later; what is used is looked at again in a day.
create function sweep_uploads(p_limit int, p_now timestamptz) returns setof text language plpgsql as $$
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
end $$;
