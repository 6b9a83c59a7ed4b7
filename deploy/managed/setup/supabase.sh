#!/bin/sh
# The role that Cooly works as, and a session pooler that is large enough.
# ADMIN_URL: the session pooler's address of the user postgres (Supabase: Connect, Session pooler, port 5432).
# COOLY_PASSWORD: a password of [A-Za-z0-9_-]. PROJECT_REF and SUPABASE_ACCESS_TOKEN: for the size of the pooler.
#
# DATABASE_URL is then postgres://cooly.PROJECT_REF:PASSWORD@HOST:5432/postgres?sslmode=verify-full, with the pooler's host.
# It is a session connection: LISTEN, migrations and advisory locks work, so DATABASE_DIRECT_URL is not needed. Port 6543 gives each
# transaction another session: it is for functions that live for a moment, and Cooly has none.
# The direct address (db.PROJECT_REF.supabase.co) is reached by IPv6 alone, which Render does not speak.
# Supabase's root certificate (Settings, Database, SSL) is uploaded at Render as the secret file supabase-ca.crt of each service.
# Made by `cooly deploy render managed`; render it again rather than editing it.
set -eu
cd "$(dirname "$0")"

: "${ADMIN_URL:?}" "${COOLY_PASSWORD:?}" "${PROJECT_REF:?}" "${SUPABASE_ACCESS_TOKEN:?}"
psql "$ADMIN_URL" --no-psqlrc --set ON_ERROR_STOP=1 --file supabase.sql
curl --fail --silent --show-error --request PATCH "https://api.supabase.com/v1/projects/$PROJECT_REF/config/database/pooler" \
  --header "authorization: Bearer $SUPABASE_ACCESS_TOKEN" --header "content-type: application/json" \
  --data '{"default_pool_size": 45}'
