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

/**
 * Left to itself the library keeps a session for as long as it lasts, believes it without a look into the database, never
 * fills in what is missing, and may put back what a sign-out beside it has just deleted. So only what was just read from the
 * database is kept, and `set` does nothing: see docs/decisions/0011.
 */
export function createKept(cache: Cache, tokensOf: (userId: string) => Promise<readonly string[]>): Kept {
  // When the library was told that a session is not kept, and went on to the database.
  const missed = new LRUCache<string, number>({ max: MISSED_MAX });

  async function find(token: string): Promise<string | null> {
    const text = await cache.find(token);
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
      void cache.keep(token, JSON.stringify({ session, user }), askedAtMs);
    },
    drop: (token) => cache.drop([token]),
    forget: async (userId) => cache.drop(await tokensOf(userId)),
  };
}
