/** Webhooks that are signed by HMAC over `id.timestamp.body`: Standard Webhooks, and those that look like it. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { HookMessage } from "@cooly/engine/ports";

export const RECENT_MS = 5 * 60_000;

export interface Signing {
  readonly key: Uint8Array | string;
  /** What stands before each signature: `v1`. */
  readonly version: string;
  readonly encoding: "base64" | "hex";
}

/** The message's id; null unless it is genuine and recent. */
export function signedIdOf({ headers, body }: Pick<HookMessage, "headers" | "body">, { key, version, encoding }: Signing, now: Date): string | null {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name]);
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof signatures !== "string" || id === "") return null;
  if (!isRecent(timestamp, now)) return null;
  const wanted = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  const given = signatures.split(" ").filter((one) => one.startsWith(`${version},`));
  return given.some((one) => isSame(Buffer.from(one.slice(version.length + 1), encoding), wanted)) ? id : null;
}

/** Seconds since 1970, as text. */
export const isRecent = (timestamp: string, now: Date): boolean =>
  /^\d{1,12}$/.test(timestamp) && Math.abs(now.getTime() - Number(timestamp) * 1000) < RECENT_MS;

const isSame = (given: Buffer, wanted: Buffer): boolean => given.length === wanted.length && timingSafeEqual(given, wanted);

/** Null where it is no JSON. */
export function jsonIn(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return null;
  }
}
