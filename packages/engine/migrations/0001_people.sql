-- People, as the auth library keeps them. Column names are mapped in apps/server/src/api/auth.
create table auth_users (
  id text primary key,
  name text not null,
  email text not null unique check (email = lower(email)),
  email_verified boolean not null default false,
  image text,
  role text not null default 'creator' check (role in ('creator', 'admin')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table auth_sessions (
  id text primary key,
  user_id text not null references auth_users (id) on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_sessions_user on auth_sessions (user_id);
create index auth_sessions_expiry on auth_sessions (expires_at);

-- How a person signs in: a password, or an identity elsewhere.
create table auth_identities (
  id text primary key,
  user_id text not null references auth_users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index auth_identities_user on auth_identities (user_id);

create table auth_verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_verifications_identifier on auth_verifications (identifier);

-- Who owns credits, generations, keys and media. One for every person at sign-up; people are members.
-- The figures are a cache of `transfers`, held true by `cooly verify` (I1, I4). The row is the account's one lock.
create table accounts (
  id uuid primary key,
  name text not null,
  available bigint not null default 0 check (available >= 0),
  held bigint not null default 0 check (held >= 0),
  spent bigint not null default 0 check (spent >= 0),
  granted bigint not null default 0 check (granted >= 0),
  expired bigint not null default 0 check (expired >= 0),
  clawed_back bigint not null default 0 check (clawed_back >= 0),
  -- The id of the account's newest event: counted under the row's lock, so that ids have no gap and no late arrival.
  event_seq bigint not null default 0,
  created_at timestamptz not null default now(),
  check (available + held + spent + expired + clawed_back = granted)
) with (fillfactor = 70);

create table members (
  account_id uuid not null references accounts (id),
  user_id text not null references auth_users (id) on delete cascade,
  role text not null check (role in ('owner', 'member')),
  created_at timestamptz not null default now(),
  primary key (account_id, user_id)
);
-- Until teams exist everybody owns exactly one account; this makes a second sign-up hook harmless.
create unique index members_one_owned on members (user_id) where role = 'owner';

create table api_keys (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  name text not null,
  hint text not null,
  hash bytea not null unique check (length(hash) = 32),
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_account on api_keys (account_id, id);

-- Counters of one minute each. Unlogged: after a crash a limit starts afresh, which harms nobody.
create unlogged table rate_windows (
  key text not null,
  window_start timestamptz not null,
  hits bigint not null,
  primary key (key, window_start)
);
create index rate_windows_start on rate_windows (window_start);
