-- The books are proven where they changed, again and again, and as a whole once a day. A change marks its account in the
-- transaction that makes it, once between two proofs, so that no mark depends on a clock or on the order of commits.
alter table accounts add column proven boolean not null default true;

-- Accounts that changed since they were last proven.
create table unproven (
  account_id uuid primary key references accounts (id),
  since timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create function mark_unproven() returns trigger language plpgsql as $$
begin
  update accounts set proven = false where id = new.id;
  insert into unproven (account_id) values (new.id) on conflict do nothing;
  return null;
end $$;
create trigger accounts_unproven after update on accounts for each row when (old.proven and new.proven) execute function mark_unproven();

-- How far an account was looked at: the sums of its transfers up to one, which never change again, and its events up to one.
create table proofs (
  account_id uuid primary key references accounts (id),
  transfer_id bigint not null,
  granted bigint not null,
  reserved bigint not null,
  captured bigint not null,
  released bigint not null,
  expired bigint not null,
  clawed_back bigint not null,
  event_seq bigint not null,
  proven_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70);

-- Rules that were found broken, by account, until a proof of the whole books finds them in order.
create table broken_rules (
  invariant text not null,
  rule text not null,
  account_id uuid,
  rows jsonb not null,
  found_at timestamptz not null default clock_timestamp(),
  unique nulls not distinct (rule, account_id)
);

-- When the whole books are to be proven next. One row; whoever moves `due_at` does it.
create table whole_proofs (
  one boolean primary key default true check (one),
  due_at timestamptz not null default clock_timestamp(),
  proven_at timestamptz
);
insert into whole_proofs default values;
