-- Every version of a model that anything was made with, or may be made with. Rows are only ever added.
create table model_versions (
  id text not null,
  version integer not null check (version >= 1),
  manifest jsonb not null,
  source text not null check (source in ('shipped', 'operator')),
  created_at timestamptz not null default now(),
  primary key (id, version)
);

-- What an operator decided of a model. Without a row the shipped one holds, and is on offer.
create table model_choices (
  id text primary key,
  -- Null: the shipped one.
  version integer,
  enabled boolean not null default true,
  changed_at timestamptz not null default now(),
  foreign key (id, version) references model_versions (id, version)
);
