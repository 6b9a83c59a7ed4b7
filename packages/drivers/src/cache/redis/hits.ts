import { RateLimiterRedis } from "rate-limiter-flexible";
import type { HitStore } from "@cooly/engine/ports";
import type { Connection } from "./connection.ts";

/** A minute, and what clocks may differ by. */
const KEPT_SECONDS = 120;
// Who decides is the limiter of each process: here hits are only counted.
const NO_LIMIT = 1_000_000_000;

export function createRedisHits({ client, ask }: Pick<Connection, "client" | "ask">, keyPrefix: string): HitStore {
  const counter = new RateLimiterRedis({ storeClient: client, keyPrefix, points: NO_LIMIT, duration: KEPT_SECONDS });
  const nameOf = (key: string, window: Date): string => `${window.getTime() / 60_000}:${key}`;
  return {
    add: (counted) => ask(() => Promise.all(counted.map(async ({ key, window, hits }) => (await counter.penalty(nameOf(key, window), hits)).consumedPoints))),
  };
}
