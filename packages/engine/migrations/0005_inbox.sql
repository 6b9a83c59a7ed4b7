-- What providers told us by webhook, kept before it is acted on: it may come before our own answer was recorded, twice, late,
-- or in the wrong order. The sender's id makes a second copy harmless.
create table inbox (
  id bigint generated always as identity primary key,
  provider text not null,
  event_id text not null check (length(event_id) between 1 and 255),
  -- Which output it is about: by the key that we gave, or by the vendor's own id.
  output_id uuid,
  task_id text,
  -- What the vendor says became of it; null: ask it.
  sight jsonb,
  received_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  -- `applied`; `asked`: a look was brought forward; `late`: settled before; `stale`: of an older attempt; `orphan`: nobody's.
  outcome text check (outcome in ('applied', 'asked', 'late', 'stale', 'orphan')),
  unique (provider, event_id),
  check (output_id is not null or task_id is not null),
  check ((closed_at is null) = (outcome is null))
);
create index inbox_open on inbox (due_at) where closed_at is null;
create index inbox_age on inbox (received_at);
create index attempts_by_task on attempts (provider, (operation ->> 'id')) where operation is not null;
