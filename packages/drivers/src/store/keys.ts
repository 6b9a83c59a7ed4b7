// What a path, an address and a signature all write alike.
const KEY = /^(\.cooly-probe\/)?[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;
const LENGTH_MAX = 300;

/** Below it lies what `examine` writes and takes away again. */
export const PROBES = ".cooly-probe/";

/** The key, if it is one that every store takes. */
export function checkKey(key: string): string {
  if (!KEY.test(key) || key.length > LENGTH_MAX) throw new RangeError(`not a storage key: ${key}`);
  return key;
}
