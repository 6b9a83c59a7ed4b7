import { createHash } from "node:crypto";
import type { Cache, HitStore } from "@cooly/engine/ports";
import { openConnection, type RedisCacheOptions } from "./connection.ts";
import { createRedisHits } from "./hits.ts";

export type { RedisCacheOptions };

export interface RedisCache extends Cache {
  readonly hits: HitStore;
  /** Whether it can be reached, as far as is known. */
  isThere(): boolean;
  close(): void;
}

export const KEPT_MS = 30_000;
/** What was read from the database longer ago than this is not kept any more. */
const READ_MS = 10_000;
/** A dropped name stays empty until whatever was read before has gone too: longer than a reading, a keeping and a slow commit. */
const DROPPED_MS = 90_000;
const DROPPED = "";

// Kept with the epoch of that moment: whoever has connected since does not believe it.
const KEEP = `local epoch = redis.call('GET', KEYS[2])
if not epoch or redis.call('GET', KEYS[1]) == '' then return 0 end
redis.call('SET', KEYS[1], epoch .. ' ' .. ARGV[1], 'PX', ARGV[2])
return 1`;

/**
 * Redis, so that what is dropped while it cannot be reached does not come back with it: a process believes only what was kept
 * since its own connection stands, and first tells what was dropped meanwhile. Names are hashed: keys hold no secret.
 */
export function openRedisCache(options: RedisCacheOptions): RedisCache {
  const keyOf = (name: string): string => `${options.prefix}${createHash("sha256").update(name).digest("base64url")}`;
  // What Redis has not been told yet, and since when.
  const untold = new Map<string, number>();
  const letGo = (): void => {
    const beforeMs = performance.now() - DROPPED_MS;
    for (const [key, atMs] of untold) if (atMs < beforeMs) untold.delete(key);
  };
  const tell = async (client: { set(key: string, value: string, unit: "PX", ms: number): Promise<unknown> }): Promise<void> => {
    letGo();
    const told = [...untold];
    await Promise.all(told.map(([key]) => client.set(key, DROPPED, "PX", DROPPED_MS)));
    for (const [key, atMs] of told) if (untold.get(key) === atMs) untold.delete(key);
  };
  const connection = openConnection(options, tell);
  const { ask, standing, epochKey } = connection;

  return {
    async find(name) {
      const key = keyOf(name);
      const believed = standing();
      if (!believed || untold.has(key)) return null;
      const found = await ask((client) => client.get(key)).catch(() => null);
      if (!found || standing() !== believed || untold.has(key)) return null;
      const end = found.indexOf(" ");
      return Number(found.slice(0, end)) >= believed.since ? found.slice(end + 1) : null;
    },
    async keep(name, value, readAtMs) {
      const stands = standing();
      if (!stands || untold.has(keyOf(name)) || performance.now() - readAtMs > READ_MS) return;
      // Redis may have lost the mark of a drop since.
      if (readAtMs < stands.fromMs) return;
      await ask((client) => client.eval(KEEP, 2, keyOf(name), epochKey, value, KEPT_MS)).catch(() => null);
    },
    async drop(names) {
      const nowMs = performance.now();
      for (const name of names) untold.set(keyOf(name), nowMs);
      if (standing()) await ask(tell).catch(() => null);
      else letGo();
    },
    hits: createRedisHits(connection, `${options.prefix}hits`),
    isThere: () => standing() !== null,
    close: () => connection.close(),
  };
}
