import { createHmac, timingSafeEqual } from "node:crypto";
import type { BetterAuthOptions } from "better-auth";
import { LRUCache } from "lru-cache";
import type { Cache } from "@cooly/engine/ports";

/** Sessions as the database has them, kept in a cache for a moment. */
export interface Kept {
  /** What the library asks before the database. */
  readonly storage: NonNullable<BetterAuthOptions["secondaryStorage"]>;
  /** Keeps a session that the database was asked for. */
  note(known: { session: { token: string }; user: object }): void;
  drop(token: string): Promise<void>;
  /** All sessions of a person: their name, say, has changed. */
  forget(userId: string): Promise<void>;
}

const MISSED_MAX = 10_000;
// The library's tokens; its other names hold lists, marks by the clock, and codes, for which we ask the database.
const TOKEN = /^[A-Za-z0-9]{32}$/;
const LISTS = "active-sessions-";

export interface KeptParts {
  readonly cache: Cache;
  readonly secret: string;
  readonly tokensOf: (userId: string) => Promise<readonly string[]>;
}

/**
 * Left to itself the library keeps a session for as long as it lasts, believes it without a look into the database, never
 * fills in what is missing, and may put back what a sign-out beside it has just deleted. So only what was just read from the
 * database is kept, and `set` does nothing: see docs/decisions/0011.
 */
export function createKept({ cache, secret, tokensOf }: KeptParts): Kept {
  const seal = createSeal(secret);
  // When the library was told that a session is not kept, and went on to the database.
  const missed = new LRUCache<string, number>({ max: MISSED_MAX });

  async function find(token: string): Promise<string | null> {
    const text = seal.open(token, await cache.find(token));
    if (text === null) {
      if (!missed.has(token)) missed.set(token, performance.now());
      return null;
    }
    const { session, user } = JSON.parse(text) as { session: object; user: object };
    return JSON.stringify({ session: { ...session, token }, user });
  }

  return {
    storage: {
      get: (name) => (TOKEN.test(name) ? find(name) : name.startsWith(LISTS) ? "[]" : null),
      set: () => undefined,
      async delete(name) {
        if (TOKEN.test(name)) await cache.drop([name]);
      },
      getAndDelete: () => null,
      increment: () => Promise.reject(new Error("our own limiter counts")),
    },
    note({ session: { token, ...session }, user }) {
      const askedAtMs = missed.get(token);
      if (askedAtMs === undefined) return;
      missed.delete(token);
      void cache.keep(token, seal.close(token, JSON.stringify({ session, user })), askedAtMs);
    },
    drop: (token) => cache.drop([token]),
    forget: async (userId) => cache.drop(await tokensOf(userId)),
  };
}

/** Whoever can write to the cache makes nobody an admin by it. */
function createSeal(secret: string): { close(token: string, text: string): string; open(token: string, sealed: string | null): string | null } {
  const sign = (token: string, text: string): Buffer => createHmac("sha256", `kept session ${secret}`).update(`${token} ${text}`).digest();
  return {
    close: (token, text) => `${sign(token, text).toString("base64url")} ${text}`,
    open(token, sealed) {
      if (sealed === null) return null;
      const end = sealed.indexOf(" ");
      const [given, text] = [Buffer.from(sealed.slice(0, end), "base64url"), sealed.slice(end + 1)];
      const due = sign(token, text);
      return given.length === due.length && timingSafeEqual(given, due) ? text : null;
    },
  };
}
