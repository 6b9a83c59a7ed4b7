import type { IncomingMessage, ServerResponse } from "node:http";
import { LRUCache } from "lru-cache";
import type { Scope } from "@cooly/contract";
import { liveCredentials, type ApiKey, type Database } from "@cooly/engine";
import { createKeys, digest, TRUST_MS } from "./keys.ts";
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

export function createCallers({ db, people }: { db: Database; people: People }): Callers {
  const keys = createKeys(db);
  const sessions = new LRUCache<string, { person: SignedIn | null }>({ max: 10_000, ttl: TRUST_MS });
  const listeners: (() => void)[] = [];
  // What was asked before a `forget` is not remembered after it.
  let epoch = 0;

  function drop(): void {
    keys.forget();
    sessions.clear();
    epoch += 1;
  }

  async function byKey(authorization: string): Promise<Caller> {
    const key = await keys.identify(authorization);
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
    close: () => keys.close(),
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
