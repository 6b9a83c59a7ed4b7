-- A bucket says in a manifest whose it is. Only the installation that it names deletes there what no row of it points to.
create table installation (
  one boolean primary key default true check (one),
  id uuid not null default gen_random_uuid(),
  made_at timestamptz not null default clock_timestamp()
);
insert into installation default values;

-- Objects that a sweep found without a row. They go when a later sweep finds them so again.
create table orphans (
  key text primary key,
  seen_at timestamptz not null
);
create index orphans_by_age on orphans (seen_at);
