/** Environment -> where sessions and rate limits are kept beside the database. */
import { createHitTable, createLimiter, type Database, type Limiter } from "@cooly/engine";
import type { Cache, Log } from "@cooly/engine/ports";
import type { Configuration } from "./configuration.ts";

export interface Kept {
  readonly cache: Cache | null;
  readonly limiter: Limiter;
  /** Null where there is none. */
  readonly isThere: (() => boolean) | null;
  close(): Promise<void>;
}

/** Without a Redis the database does both. A Redis that is away keeps nobody from starting. */
export async function openKept({ configuration, db, log }: { configuration: Configuration; db: Database; log: Log }): Promise<Kept> {
  const url = configuration.text("CACHE_URL") ?? configuration.text("REDIS_URL");
  if (url === null) {
    const limiter = createLimiter({ hits: createHitTable(db), log });
    return { cache: null, limiter, isThere: null, close: () => limiter.close() };
  }
  const { openRedisCache } = await import("@cooly/drivers/cache/redis");
  const redis = openRedisCache({ url, prefix: `${configuration.text("QUEUE_PREFIX") ?? "cooly"}:cache:`, log });
  const limiter = createLimiter({ hits: redis.hits, log });
  return {
    cache: redis,
    limiter,
    isThere: redis.isThere,
    async close() {
      await limiter.close();
      redis.close();
    },
  };
}
