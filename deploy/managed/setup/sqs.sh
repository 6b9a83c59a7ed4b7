#!/bin/sh
# The queue, its dead letter queue, and a user that may use these two and nothing else. Whoever runs it may do that at AWS.
# Prints SQS_MAIN_QUEUE_URL, SQS_DLQ_QUEUE_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: the key is shown once.
# Made by `cooly deploy render managed`; render it again rather than editing it.
set -eu
cd "$(dirname "$0")"

export AWS_REGION=eu-central-1
cooly queue setup --name cooly
aws iam get-user --user-name cooly-queue >/dev/null 2>&1 || aws iam create-user --user-name cooly-queue
aws iam put-user-policy --user-name cooly-queue --policy-name cooly-queue --policy-document file://sqs-policy.json
aws iam create-access-key --user-name cooly-queue --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text
