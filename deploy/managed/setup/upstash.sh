#!/bin/sh
# A Redis that does not evict, with TLS. Choose a fixed plan (250 MB is enough) in the console afterwards: by the request, an idle
# installation alone costs more. UPSTASH_EMAIL and UPSTASH_API_KEY: of the account.
# CACHE_URL is then rediss://default:PASSWORD@ENDPOINT:PORT, of what is printed. Sessions and rate limits are all that is kept there.
# Made by `cooly deploy render managed`; render it again rather than editing it.
set -eu
cd "$(dirname "$0")"

: "${UPSTASH_EMAIL:?}" "${UPSTASH_API_KEY:?}"
curl --fail --silent --show-error --user "$UPSTASH_EMAIL:$UPSTASH_API_KEY" --header "content-type: application/json" \
  --data '{"name": "cooly-cache", "region": "global", "primary_region": "eu-central-1", "tls": true, "eviction": false}' \
  https://api.upstash.com/v2/redis/database | jq --raw-output '"CACHE_URL=rediss://default:\(.password)@\(.endpoint):\(.port)"'
