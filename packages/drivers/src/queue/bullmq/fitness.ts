/** What keeps us from working with a Redis, in words for whoever has to mend it. */
import type { Redis } from "ioredis";

export interface RedisFacts {
  readonly product: "Redis" | "Valkey";
  readonly version: string | null;
  /** `maxmemory-policy`; null where the server does not tell. */
  readonly policy: string | null;
  /** Null where the server does not tell. */
  readonly appends: boolean | null;
}

const OLDEST = [6, 2] as const;

/** Null where this user may not ask. */
export async function readFacts(client: Redis): Promise<RedisFacts | null> {
  const text = await client.info().catch((error: Error) => {
    if (isForbidden(error)) return null;
    throw error;
  });
  if (text === null) return null;
  const fact = (name: string): string | null => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(text)?.[1] ?? null;
  const valkey = fact("valkey_version");
  const appends = fact("aof_enabled");
  return {
    product: valkey ? "Valkey" : "Redis",
    version: valkey ?? fact("redis_version"),
    policy: fact("maxmemory_policy"),
    appends: appends === null ? null : appends === "1",
  };
}

export const isForbidden = ({ message }: Error): boolean => message.includes("NOPERM");

export function isTooOld({ product, version }: RedisFacts): boolean {
  if (product === "Valkey" || version === null) return false;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

export const evicts = ({ policy }: RedisFacts): boolean => policy !== null && policy !== "noeviction";

export const sayTooOld = ({ version }: RedisFacts): string => `REDIS_URL leads to Redis ${version}; Cooly needs 6.2 or newer.`;
export const sayEvicts = ({ product, policy }: RedisFacts): string =>
  `The ${product} of REDIS_URL throws keys away when its memory is full (maxmemory-policy ${policy}), messages among them: set maxmemory-policy noeviction, or give the queue another one.`;
export const UNKNOWN_POLICY = "Redis does not tell its maxmemory-policy: make sure that it is noeviction.";

/** A connection that could not be made, as one sentence without a secret. */
export function explainRedis(error: Error, url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const place = `${hostname}:${port || "6379"}`;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (true) {
    case code === "ECONNREFUSED":
      return `Nothing answers at ${place}, where REDIS_URL leads: start that Redis, or correct REDIS_URL.`;
    case code === "ENOTFOUND" || code === "EAI_AGAIN":
      return `REDIS_URL names the host ${hostname}, which cannot be found: correct it, or check the network.`;
    case code === "ETIMEDOUT" || code === "EHOSTUNREACH" || code === "ENETUNREACH" || /timed ?out|timeout/i.test(message):
      return protocol === "rediss:"
        ? `${place}, where REDIS_URL leads, does not answer with TLS: check the network, its firewall, and whether that port speaks TLS.`
        : `${place}, where REDIS_URL leads, does not answer: check the network and its firewall.`;
    case /WRONGPASS|invalid username-password/.test(message):
      return "Redis refuses the user or the password in REDIS_URL.";
    case /NOAUTH/.test(message):
      return "Redis wants a password, and REDIS_URL has none.";
    case /CERT|certificate|altname/i.test(`${code ?? ""} ${message}`):
      return `The certificate of ${place} is not trusted (${code ?? message}): NODE_EXTRA_CA_CERTS names the file of a CA of one's own.`;
    case /wrong version number|SSL|EPROTO/i.test(`${code ?? ""} ${message}`):
      return `${place} does not speak TLS, or another one: REDIS_URL begins with ${protocol}//.`;
    case message === "Connection is closed." || code === "ECONNRESET":
      return `${place} hangs up at once: REDIS_URL begins with ${protocol}//, with${protocol === "rediss:" ? "" : "out"} TLS; maybe it has to be the other one.`;
    default:
      return `Redis at ${place} cannot be used: ${message}`;
  }
}
