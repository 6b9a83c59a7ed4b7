import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "@cooly/engine/ports";

export interface RedisCacheOptions {
  readonly url: string;
  /** What the name of every key begins with. */
  readonly prefix: string;
  readonly log: Log;
}

/** A connection that stands. What was kept in an epoch before `since` was kept before it did. */
export interface Standing {
  readonly since: number;
  /** On this process's clock. */
  readonly fromMs: number;
}

export interface Connection {
  readonly client: Redis;
  readonly epochKey: string;
  /** Null: known to be away. */
  standing(): Standing | null;
  /** Rejects at once while it is away, else within a moment; after a failure it is away. */
  ask<T>(question: (client: Redis) => Promise<T>): Promise<T>;
  close(): void;
}

/** Longer than any answer of a Redis that is well, and short for somebody who waits. */
const PATIENCE_MS = 200;
const CONNECT_MS = 5_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;

// Never goes back: not where the key was evicted, flushed or restored from an old copy either, as far as our clocks agree.
const RAISE = `local epoch = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) + 1, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', epoch))
return string.format('%.0f', epoch)`;

/** Redis' library tells TLS no name, and a proxy that leads by names hangs up on whoever tells none. */
function reach(url: string): { readonly place: string; readonly secure: RedisOptions } {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "rediss:") return { place: url, secure: {} };
  const isNumber = /^\[|^[\d.]+$/.test(hostname);
  return { place: url.replace(/^rediss:/, "redis:"), secure: { tls: isNumber ? {} : { servername: hostname } } };
}

// What fails, fails at once: there is always the database to ask instead.
function connect(url: string, failures: () => number): Redis {
  const { place, secure } = reach(url);
  return new Redis(place, {
    ...secure,
    connectTimeout: CONNECT_MS,
    commandTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    keepAlive: 10_000,
    retryStrategy: () => Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures()),
  });
}

/**
 * One connection, and whether it stands. It does once the epoch has been raised on it and `onStanding` is through; a failure
 * of any kind ends that at once, and is said once.
 */
export function openConnection({ url, prefix, log }: RedisCacheOptions, onStanding: (client: Redis) => Promise<void>): Connection {
  const epochKey = `${prefix}epoch`;
  let standing: Standing | null = null;
  let closing = false;
  let away = false;
  let failures = 0;
  // Of which connection an answer speaks.
  let connections = 0;
  const client = connect(url, () => failures);

  function lose(error: unknown): void {
    standing = null;
    if (closing) return;
    failures += 1;
    if (!away) log.warn("cache.away", { error });
    away = true;
  }

  async function stand(): Promise<void> {
    const mine = connections;
    try {
      const since = Number(await client.eval(RAISE, 1, epochKey, Date.now()));
      await onStanding(client);
      if (mine !== connections || closing) return;
      standing = { since, fromMs: performance.now() };
      failures = 0;
      if (away) log.info("cache.back");
      away = false;
      // What was dropped while it was not yet said to stand.
      await onStanding(client);
    } catch (error) {
      if (mine !== connections) return;
      lose(error);
      client.disconnect(true);
    }
  }

  let cause: unknown = null;
  client.on("error", (error: unknown) => (cause = error));
  client.on("close", () => {
    connections += 1;
    lose(cause ?? new Error("the connection was closed"));
    cause = null;
  });
  client.on("ready", () => void stand());

  return {
    client,
    epochKey,
    standing: () => standing,
    async ask(question) {
      const mine = standing;
      if (!mine) throw new Error("the cache is away");
      try {
        return await question(client);
      } catch (error) {
        // Whether it heard us is not known: nothing of what it kept is believed until it stands anew.
        if (standing === mine) {
          lose(error);
          client.disconnect(true);
        }
        throw error;
      }
    },
    close() {
      closing = true;
      client.disconnect();
    },
  };
}
