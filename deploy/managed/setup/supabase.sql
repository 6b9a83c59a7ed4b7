-- Made by `cooly deploy render managed`; render it again rather than editing it.
-- The role that Cooly works as, and a schema of its own. Supabase publishes the schema public by an API, to whoever has a key that
-- stands in web pages: tables there could be read past Cooly. Another schema is not published.
-- Run by supabase.sh.
\getenv password COOLY_PASSWORD
select not exists (select from pg_roles where rolname = 'cooly') as missing \gset
\if :missing
create role "cooly" login;
\endif
alter role "cooly" password :'password';
alter role "cooly" set search_path = 'cooly';
alter role "cooly" set idle_in_transaction_session_timeout = '10min';
grant "cooly" to postgres;
create schema if not exists "cooly" authorization "cooly";
revoke all on schema "cooly" from public, anon, authenticated;
