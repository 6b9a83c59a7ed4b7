import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Fault } from "@cooly/contract";
import { findApiKeys, gather, liveCredentials, touchApiKeys, type ApiKey, type Database } from "@cooly/engine";

/** For so long another process may still believe a session or a key that was ended here. */
export const TRUST_MS = 5_000;
const TOUCH_MS = 10_000;

export const digest = (text: string): string => hash("sha256", text, "base64");

/** API keys, believed for a moment. Those that come together are looked up together. */
export interface Keys {
  /** Throws `unauthenticated` for anything but a live key. */
  identify(authorization: string): Promise<ApiKey>;
  forget(): void;
  close(): Promise<void>;
}

export function createKeys(db: Database): Keys {
  const known = new LRUCache<string, { key: ApiKey | null }>({ max: 10_000, ttl: TRUST_MS });
  const find = gather((secrets: readonly string[]) => findApiKeys(db, secrets), { max: 64, inFlight: 2, patienceMs: 0 });
  // What was asked before a `forget` is not remembered after it.
  let epoch = 0;
  let used = new Set<string>();
  // Of the keys used since they were last asked about together: their ids, by the name they are kept under.
  let active = new Map<string, string>();
  let renewal: NodeJS.Timeout | null = null;

  // When a key was last used is worth a try, no more.
  async function touch(): Promise<void> {
    const ids = [...used];
    used = new Set();
    if (ids.length > 0) await touchApiKeys(db, ids);
  }
  const timer = setInterval(() => void touch().catch(() => undefined), TOUCH_MS);
  timer.unref();

  /** Keys in use are asked about all at once, before what was found of each is too old to be believed. */
  async function renew(): Promise<void> {
    renewal = null;
    const asked = active;
    active = new Map();
    const askedAt = { epoch, ms: performance.now() };
    const live = await liveCredentials(db, { keys: [...asked.values()], sessions: [] });
    const ttl = TRUST_MS - (performance.now() - askedAt.ms);
    if (askedAt.epoch !== epoch || ttl <= 0) return;
    for (const [name, id] of asked) {
      const kept = known.peek(name);
      if (kept && live.has(id)) known.set(name, kept, { ttl });
      else known.delete(name);
    }
  }

  function note(name: string, { id }: ApiKey): void {
    used.add(id);
    active.set(name, id);
    // While the database is away, each is looked up by itself once it is too old, and that says so.
    renewal ??= setTimeout(() => void renew().catch(() => undefined), TRUST_MS / 2).unref();
  }

  async function lookUp(name: string, secret: string): Promise<ApiKey | null> {
    const kept = known.get(name);
    if (kept) return kept.key;
    const asked = epoch;
    const key = await find(secret);
    if (asked === epoch) known.set(name, { key });
    return key;
  }

  return {
    async identify(authorization) {
      const secret = /^Bearer (\S+)$/i.exec(authorization)?.[1];
      if (secret === undefined) throw new Fault("unauthenticated");
      const name = digest(secret);
      const key = await lookUp(name, secret);
      if (!key || (key.expires_at && key.expires_at.getTime() <= Date.now())) throw new Fault("unauthenticated");
      note(name, key);
      return key;
    },
    forget() {
      known.clear();
      epoch += 1;
    },
    async close() {
      clearInterval(timer);
      if (renewal) clearTimeout(renewal);
      await touch();
    },
  };
}
