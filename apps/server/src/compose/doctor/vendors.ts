/** Looks at the brokers and stores that are configured, each by what its driver knows of it. */
import { openRedisCache } from "@cooly/drivers/cache/redis";
import type { Finding, Log } from "@cooly/engine/ports";
import pg from "pg";
import type { Configuration } from "../configuration.ts";
import { chooseQueue, queueProblems, sqsPlace } from "../queue.ts";
import { examineStorage } from "../storage.ts";

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const STANDS_MS = 5_000;
const STUDIO = "http://localhost:3000";

export async function examineQueue(configuration: Configuration, databaseUrl: string | null): Promise<readonly Finding[]> {
  const problems = queueProblems(configuration);
  if (problems.length > 0) return problems.map((says) => ({ code: "configuration.wrong", level: "failure" as const, says }));
  switch (chooseQueue(configuration)) {
    case "bullmq":
      return (await import("@cooly/drivers/queue/bullmq/examine")).examine({
        url: configuration.text("REDIS_URL")!,
        prefix: configuration.text("QUEUE_PREFIX")!,
      });
    case "sqs": {
      const urls = { url: configuration.text("SQS_MAIN_QUEUE_URL")!, setAsideUrl: configuration.text("SQS_DLQ_QUEUE_URL")! };
      return (await import("@cooly/drivers/queue/sqs/examine")).examine({ ...urls, ...sqsPlace(configuration) });
    }
    case "postgres":
      return databaseUrl === null ? [] : examineTable(databaseUrl);
  }
}

/** It is as well as the database is, which is looked at by itself. */
async function examineTable(connectionString: string): Promise<readonly Finding[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: STANDS_MS });
  client.on("error", () => undefined);
  const there = await client
    .connect()
    .then(() => client.query("select count(*) from queue_messages"))
    .then(
      () => true,
      () => false,
    );
  await client.end().catch(() => undefined);
  return there ? [{ code: "queue.table", level: "good", says: "The queue is a table of the database." }] : [];
}

/** What is kept in Redis beside the database: without it everything works, a little slower. */
export async function examineCache(configuration: Configuration): Promise<readonly Finding[]> {
  const url = configuration.text("CACHE_URL") ?? configuration.text("REDIS_URL");
  if (url === null) return [{ code: "cache.none", level: "good", says: "Sessions and rate limits are the database's." }];
  let cause = "it does not answer";
  const warn = (_event: string, { error }: { error?: unknown } = {}): void => void (cause = error instanceof Error ? error.message : cause);
  const cache = openRedisCache({ url, prefix: `${configuration.text("QUEUE_PREFIX")!}:cache:`, log: { ...silent, warn } });
  try {
    for (const endMs = performance.now() + STANDS_MS; performance.now() < endMs && !cache.isThere();) await new Promise((resolve) => setTimeout(resolve, 50));
    if (cache.isThere()) return [{ code: "cache.stands", level: "good", says: "Sessions and rate limits are kept in Redis." }];
    return [
      {
        code: "cache.away",
        level: "warning",
        says: "The cache cannot be used: the database is asked for every session, and each process limits by itself.",
        cause,
        fix: "Start that Redis, or correct CACHE_URL (without it: REDIS_URL).",
      },
    ];
  } finally {
    cache.close();
  }
}

export const examineKept = (configuration: Configuration): Promise<readonly Finding[]> =>
  examineStorage({ configuration, log: silent }, new URL(configuration.text("FRONTEND_URL") ?? configuration.text("PUBLIC_URL") ?? STUDIO).origin);
