/** The queue, and what is kept in Redis. */
import { type Variable, type VariableType } from "./variable.ts";

const web: VariableType = { kind: "url", protocols: ["http:", "https:"] };
const redis: VariableType = { kind: "url", protocols: ["redis:", "rediss:"] };

export const brokers = [
  {
    name: "QUEUE_DRIVER",
    type: { kind: "enum", values: ["postgres", "bullmq", "sqs"] },
    roles: ["api", "relay", "gen"],
    says: "What carries work from the outbox to the gen workers. Default: `sqs` where SQS_MAIN_QUEUE_URL is set, `bullmq` where REDIS_URL is, else `postgres`.",
    example: "postgres",
  },
  {
    name: "REDIS_URL",
    type: redis,
    secret: true,
    roles: ["api", "relay", "gen"],
    says: "The Redis (6.2 or newer) or Valkey of the queue; with `rediss:` over TLS. It must not evict (`maxmemory-policy noeviction`).",
    example: "rediss://cooly:PASSWORD@redis.example.com:6380",
  },
  {
    name: "QUEUE_PREFIX",
    type: { kind: "string" },
    roles: ["api", "relay", "gen"],
    default: "cooly",
    says: "What the names of this installation's keys in Redis begin with, where several share one.",
    example: "cooly",
  },
  {
    name: "SQS_MAIN_QUEUE_URL",
    type: web,
    roles: ["api", "relay", "gen"],
    says: "The standard queue of AWS SQS; `cooly queue setup` makes it.",
    example: "https://sqs.eu-central-1.amazonaws.com/123456789012/cooly",
  },
  {
    name: "SQS_DLQ_QUEUE_URL",
    type: web,
    roles: ["api", "relay", "gen"],
    says: "Its dead letter queue.",
    example: "https://sqs.eu-central-1.amazonaws.com/123456789012/cooly-dlq",
  },
  {
    name: "SQS_ENDPOINT",
    type: web,
    roles: ["api", "relay", "gen"],
    says: "Where SQS answers, if it is not AWS.",
    example: "http://127.0.0.1:4566",
  },
  {
    name: "AWS_REGION",
    type: { kind: "string" },
    roles: ["api", "relay", "gen"],
    says: "The region of the queues. Default: the one that SQS_MAIN_QUEUE_URL names.",
    example: "eu-central-1",
  },
  {
    name: "AWS_ACCESS_KEY_ID",
    type: { kind: "string" },
    roles: ["api", "relay", "gen"],
    says: "The user of the queues. Without it: what the machine's role gives.",
    example: "AKIA...",
  },
  {
    name: "AWS_SECRET_ACCESS_KEY",
    type: { kind: "string" },
    secret: true,
    roles: ["api", "relay", "gen"],
    says: "Its secret.",
    example: "what AWS showed once",
  },
  {
    name: "CACHE_URL",
    type: redis,
    secret: true,
    roles: ["api"],
    says: "The Redis of sessions and rate limits. Default: REDIS_URL; without both, PostgreSQL keeps them.",
    example: "rediss://cooly:PASSWORD@redis.example.com:6380",
  },
] as const satisfies readonly Variable[];
