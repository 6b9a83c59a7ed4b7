import type { Log, ObjectStore, SignedUrlOptions } from "@cooly/engine/ports";
import type { StoreLinks } from "../links.ts";
import { createCopies } from "./copies.ts";

export interface FallbackStoreOptions {
  /** Where everything goes, and where it is looked for first. */
  readonly first: ObjectStore;
  /** Where to look for what the first does not have. */
  readonly second: ObjectStore;
  /** A link has to outlive the moment at which its object moves, so the API answers for it. */
  readonly links: StoreLinks;
  /** Whether what is read from the second is copied into the first. */
  readonly copyBack: boolean;
  readonly log: Log;
}

export interface FallbackStore extends ObjectStore {
  /** Resolves when no copy is under way or waits. */
  settled(): Promise<void>;
}

/** Two stores as one, so that the second can be left while people use it. Trouble with the first is trouble, and no miss. */
export function createFallbackStore({ first, second, links, copyBack, log }: FallbackStoreOptions): FallbackStore {
  const copies = createCopies({ first, second, log });
  const found = (key: string, mime: string): void => {
    if (copyBack) copies.want(key, mime);
  };
  const store: FallbackStore = {
    put: (key, body, options) => first.put(key, body, options),
    create: (key, body, mime) => first.create(key, body, mime),

    async open(key, range) {
      const here = await first.open(key, range);
      if (here) return here;
      const there = await second.open(key, range);
      if (there) found(key, "application/octet-stream");
      return there;
    },

    stat: async (key) => (await first.stat(key)) ?? (await second.stat(key)),

    // A copy that is under way looks whether the second still has it when it has ended: so that one goes before.
    async remove(keys) {
      await second.remove(keys);
      await first.remove(keys);
    },

    async *list(prefix) {
      const known = new Set<string>();
      for await (const object of first.list(prefix)) {
        known.add(object.key);
        yield object;
      }
      for await (const object of second.list(prefix)) if (!known.has(object.key)) yield object;
    },

    async locate(key, options) {
      if (await first.stat(key)) return addressIn(first, key, options);
      if (!(await second.stat(key))) return null;
      found(key, options.mime);
      return addressIn(second, key, options);
    },

    ...links,
    settled: copies.settled,
  };
  const abandon = first.abandonUploads?.bind(first);
  return abandon ? { ...store, abandonUploads: abandon } : store;
}

/** Null where no browser reaches it: then the API reads it. */
const addressIn = (store: ObjectStore, key: string, options: SignedUrlOptions): string | null => (store.openSigned ? null : store.signedUrl(key, options));
