import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { ask } from "../../http/ask.ts";

const KEPT_MS = 24 * 3_600_000;
const PAUSE_MS = 60_000;
const DEADLINE_MS = 5_000;

const KeySet = z.object({ keys: z.array(z.object({ kty: z.string(), crv: z.string().optional(), x: z.string().optional() })) });

export interface FalKeys {
  /** Whether any of fal's keys signed this. Rejects if its keys cannot be had: then nobody knows. */
  signed(message: Uint8Array, signature: Uint8Array, now: Date): Promise<boolean>;
}

/**
 * fal's public keys, kept for a day. What none of them signed may have been signed by a new one: then they are asked for again, once a minute at
 * most, so that forgers cannot make us ask.
 */
export function createFalKeys(url: string): FalKeys {
  let keys: readonly KeyObject[] = [];
  let askedMs = -Infinity;
  let loadedMs = -Infinity;
  let pending: Promise<void> | null = null;

  async function load(now: Date): Promise<void> {
    askedMs = now.getTime();
    const reply = await ask(url, { signal: AbortSignal.timeout(DEADLINE_MS), deadlineMs: DEADLINE_MS, maxBytes: 1 << 20 });
    if (reply.status !== 200) throw new Error(`the vendor's keys were answered with ${reply.status}`);
    const found = KeySet.parse(JSON.parse(reply.text)).keys.flatMap(({ kty, crv, x }) =>
      kty === "OKP" && crv === "Ed25519" && x !== undefined ? [createPublicKey({ key: { kty, crv, x }, format: "jwk" })] : [],
    );
    if (found.length === 0) throw new Error("the vendor's keys hold none that we know");
    keys = found;
    loadedMs = now.getTime();
  }
  const reload = (now: Date): Promise<void> => (pending ??= load(now).finally(() => (pending = null)));

  return {
    async signed(message, signature, now) {
      const fits = (): boolean => keys.some((key) => verify(null, message, key, signature));
      const mayAsk = (): boolean => pending !== null || now.getTime() - askedMs >= PAUSE_MS;
      const isOld = now.getTime() - loadedMs >= KEPT_MS;
      if (!isOld && fits()) return true;
      if (mayAsk()) await reload(now);
      else if (isOld) throw new Error("the vendor's keys could not be had a moment ago");
      return fits();
    },
  };
}
