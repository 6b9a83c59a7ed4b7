import { Redis, type RedisOptions } from "ioredis";
import type { Presence } from "./presence.ts";

const RETRY_MS_MAX = 2_000;
const CONNECT_MS = 5_000;
/** A producer waits no longer for an answer. */
const ANSWER_MS = 5_000;
/** A worker's connection, which is blocked for ten seconds at the most, is dead if it has waited for so long. */
const SILENCE_MS = 15_000;
const KEEP_ALIVE_MS = 10_000;
const RECONNECT_AND_RESEND = 2;

const usual: RedisOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_MS,
  keepAlive: KEEP_ALIVE_MS,
  // Version 7.2 and later know it; older ones would answer each connection with two errors.
  disableClientInfo: true,
  retryStrategy: (times) => Math.min(RETRY_MS_MAX, 50 * 2 ** Math.min(times, 10)),
  // After a failover the old primary may still be there, as a replica.
  reconnectOnError: ({ message }) => (message.includes("READONLY") ? RECONNECT_AND_RESEND : false),
};

/** Redis' library tells TLS no name, and a proxy that leads by names hangs up on whoever tells none. */
function reach(url: string): { readonly place: string; readonly secure: RedisOptions } {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "rediss:") return { place: url, secure: {} };
  const isNumber = /^\[|^[\d.]+$/.test(hostname);
  return { place: url.replace(/^rediss:/, "redis:"), secure: { tls: isNumber ? {} : { servername: hostname } } };
}

/** Redis' library forgets to call its watch over a silent socket off when that socket ends, and would then end the next one. */
function steady(client: Redis): Redis {
  const watched = client as unknown as { socketTimeoutTimer: NodeJS.Timeout | undefined };
  client.on("close", () => {
    clearTimeout(watched.socketTimeoutTimer);
    watched.socketTimeoutTimer = undefined;
  });
  return client;
}

/** For those who must not wait: what cannot be sent now fails, and so does what is not answered. */
export function openProducerClient(url: string, presence: Presence): Redis {
  const { place, secure } = reach(url);
  const client = new Redis(place, {
    ...usual,
    ...secure,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS,
    socketTimeout: ANSWER_MS,
  });
  presence.watch(steady(client));
  return client;
}

export interface WorkerClients {
  readonly main: Redis;
  /** From now on they may end. Those that were made of the first are among them. */
  dismiss(): void;
  end(): void;
}

/** For those who have time: what was asked is asked again once Redis is back. */
export function openWorkerClients(url: string, presence: Presence): WorkerClients {
  const { place, secure } = reach(url);
  const all: Redis[] = [];
  const open = (more: RedisOptions): Redis => {
    const client = new Redis(place, { ...usual, ...secure, ...more, maxRetriesPerRequest: null, socketTimeout: SILENCE_MS });
    // The library makes the connection that blocks from the one it is given.
    client.duplicate = (override) => open({ ...more, ...override });
    presence.watch(steady(client));
    all.push(client);
    return client;
  };
  return {
    main: open({}),
    dismiss: () => all.forEach((client) => presence.dismiss(client)),
    end: () => all.forEach((client) => client.disconnect()),
  };
}

/** Resolves once it is ready; rejects with what kept it from that. */
export async function connect(client: Redis): Promise<void> {
  let cause: Error | null = null;
  const note = (error: Error): void => void (cause ??= error);
  client.on("error", note);
  try {
    await client.connect();
  } catch (error) {
    throw cause ?? error;
  } finally {
    client.off("error", note);
  }
}
