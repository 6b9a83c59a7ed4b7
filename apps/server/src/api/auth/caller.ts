import { hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { LRUCache } from "lru-cache";
import { Fault, type Scope } from "@cooly/contract";
import { findApiKeys, gather, liveCredentials, touchApiKeys, type ApiKey, type Database } from "@cooly/engine";
import type { People, SignedIn } from "./people.ts";

export type Caller =
  | { readonly by: "person"; readonly accountId: string; readonly person: SignedIn }
  | { readonly by: "key"; readonly accountId: string; readonly key: ApiKey };

/** Finds out who calls. What was found is believed for a moment; a sign-out or a revocation here ends that at once. */
export interface Callers {
  /** Null where no credential came; throws `unauthenticated` for a bad one. */
  identify(request: IncomingMessage, response: ServerResponse): Promise<Caller | null>;
  forget(): void;
  /** Called after each `forget`. */
  onForget(listener: () => void): void;
  /** Those of these who may still act, as the database says now. */
  stillThere(callers: Iterable<Caller>): Promise<ReadonlySet<Caller>>;
  close(): Promise<void>;
}

/** For so long another process may still believe a session or a key that was ended here. */
export const TRUST_MS = 5_000;
const TOUCH_MS = 10_000;
const digest = (text: string): string => hash("sha256", text, "base64");

export function createCallers({ db, people }: { db: Database; people: People }): Callers {
  const keys = new LRUCache<string, { key: ApiKey | null }>({ max: 10_000, ttl: TRUST_MS });
  const sessions = new LRUCache<string, { person: SignedIn | null }>({ max: 10_000, ttl: TRUST_MS });
  const find = gather((secrets: readonly string[]) => findApiKeys(db, secrets), { max: 64, inFlight: 2, patienceMs: 0 });
  const listeners: (() => void)[] = [];
  let used = new Set<string>();
  // Of the keys used since they were last asked about together: their ids, by the name they are kept under.
  let active = new Map<string, string>();
  let renewal: NodeJS.Timeout | null = null;
  // What was asked before a `forget` is not remembered after it.
  let epoch = 0;

  function drop(): void {
    keys.clear();
    sessions.clear();
    epoch += 1;
  }

  async function flush(): Promise<void> {
    const ids = [...used];
    used = new Set();
    if (ids.length > 0) await touchApiKeys(db, ids);
  }
  const timer = setInterval(() => void flush().catch(() => undefined), TOUCH_MS);
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
      const known = keys.peek(name);
      if (known && live.has(id)) keys.set(name, known, { ttl });
      else keys.delete(name);
    }
  }

  async function byKey(authorization: string): Promise<Caller> {
    const secret = /^Bearer (\S+)$/i.exec(authorization)?.[1];
    if (secret === undefined) throw new Fault("unauthenticated");
    const name = digest(secret);
    let known = keys.get(name);
    if (!known) {
      const asked = epoch;
      known = { key: await find(secret) };
      if (asked === epoch) keys.set(name, known);
    }
    const { key } = known;
    if (!key || (key.expires_at && key.expires_at.getTime() <= Date.now())) throw new Fault("unauthenticated");
    used.add(key.id);
    active.set(name, key.id);
    renewal ??= setTimeout(() => void renew().catch(() => undefined), TRUST_MS / 2).unref();
    return { by: "key", accountId: key.account_id, key };
  }

  async function bySession(request: IncomingMessage, response: ServerResponse): Promise<Caller | null> {
    const name = digest(request.headers.cookie ?? "");
    let known = sessions.get(name);
    if (!known) {
      const asked = epoch;
      const { person, cookies } = await people.session(request.headers);
      for (const cookie of cookies) response.appendHeader("set-cookie", cookie);
      known = { person };
      if (asked === epoch) sessions.set(name, known);
    }
    return known.person && { by: "person", accountId: known.person.accountId, person: known.person };
  }

  return {
    async identify(request, response) {
      const { authorization, cookie } = request.headers;
      if (authorization !== undefined) return byKey(authorization);
      return cookie === undefined ? null : bySession(request, response);
    },
    forget() {
      drop();
      for (const listener of listeners) listener();
    },
    onForget(listener) {
      listeners.push(listener);
    },
    async stillThere(callers) {
      const all = new Set(callers);
      const live = await liveAmong(db, all);
      if (live.size < all.size) drop();
      return live;
    },
    async close() {
      clearInterval(timer);
      if (renewal) clearTimeout(renewal);
      await flush();
    },
  };
}

const credentialOf = (caller: Caller): { by: Caller["by"]; id: string } => ({
  by: caller.by,
  id: caller.by === "key" ? caller.key.id : caller.person.sessionId,
});

async function liveAmong(db: Database, callers: ReadonlySet<Caller>): Promise<ReadonlySet<Caller>> {
  const ids = new Map([...callers].map((caller) => [caller, credentialOf(caller)]));
  const of = (by: Caller["by"]): string[] => [...new Set([...ids.values()].filter((one) => one.by === by).map(({ id }) => id))];
  const live = await liveCredentials(db, { keys: of("key"), sessions: of("person") });
  return new Set([...callers].filter((caller) => live.has(ids.get(caller)!.id)));
}

export const hasScope = (caller: Caller, scope: Scope): boolean => caller.by === "person" || caller.key.scopes.includes(scope);
