#!/bin/sh
# A private bucket, and a key for it alone: the account's own key does not work by S3.
# Without the rule, B2 keeps (and bills) every version of what was deleted. BUCKET: a name that nobody in the world has yet.
# Prints the account's S3 address, S3_ENDPOINT, in which S3_REGION stands: an account has one region, for all its buckets, and
# eu-central-003 is near. Then S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: the key is shown once.
# Made by `cooly deploy render managed`; render it again rather than editing it.
set -eu
cd "$(dirname "$0")"

: "${BUCKET:?}"
b2 account get | grep -o 'https://s3[^"]*' || true
b2 bucket create --default-server-side-encryption SSE-B2 --cors-rules "$(cat b2-cors.json)" --lifecycle-rule "$(cat b2-lifecycle.json)" "$BUCKET" allPrivate
b2 key create --bucket "$BUCKET" cooly listAllBucketNames,listBuckets,listFiles,readFiles,writeFiles,deleteFiles
