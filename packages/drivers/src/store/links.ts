import { createHmac, timingSafeEqual } from "node:crypto";
import type { ObjectStore, SignedObject } from "@cooly/engine/ports";
import { checkKey } from "./keys.ts";

export interface StoreLinksOptions {
  /** Where the API answers for the links, without a slash at the end. */
  readonly publicUrl: string;
  readonly secret: string;
}

/** Links for which the API answers, for stores that no browser reaches. Two with the same secret know each other's. */
export type StoreLinks = Required<Pick<ObjectStore, "signedUrl" | "signedPutUrl" | "openSigned">>;

export function createStoreLinks({ publicUrl, secret }: StoreLinksOptions): StoreLinks {
  const signingKey = createHmac("sha256", secret).update("cooly media links").digest();
  const sign = (text: string): string => createHmac("sha256", signingKey).update(text).digest("base64url");
  const link = (key: string, query: Record<string, string>): string => {
    const signed = `/media/${checkKey(key)}?${new URLSearchParams(query).toString()}`;
    return `${publicUrl}${signed}&s=${sign(signed)}`;
  };
  const until = (expiresAt: Date): string => String(Math.floor(expiresAt.getTime() / 1000));

  return {
    signedUrl: (key, { expiresAt, mime, filename }) => link(key, { e: until(expiresAt), t: mime, ...(filename !== undefined && { n: filename }) }),
    signedPutUrl: (key, { expiresAt, mime, sizeBytes }) =>
      link(key, { e: until(expiresAt), t: mime, m: "PUT", ...(sizeBytes !== undefined && { l: String(sizeBytes) }) }),

    openSigned(pathAndQuery, now): SignedObject | null {
      const match = /^(\/media\/([a-z0-9/._-]+)\?.*)&s=([A-Za-z0-9_-]{43})$/.exec(pathAndQuery);
      if (!match) return null;
      const [, signed, key, signature] = match as unknown as [string, string, string, string];
      if (!timingSafeEqual(Buffer.from(sign(signed)), Buffer.from(signature))) return null;
      const query = new URLSearchParams(signed.slice(signed.indexOf("?") + 1));
      if (Number(query.get("e")) * 1000 < now.getTime()) return null;
      const method = query.get("m") === "PUT" ? "PUT" : "GET";
      const length = query.get("l");
      return { method, key, mime: query.get("t") ?? "application/octet-stream", filename: query.get("n"), sizeBytes: length === null ? null : Number(length) };
    },
  };
}

/** A store that browsers reach, for which the API still answers links that it gave out when there was another. */
export const withEarlierLinks = (store: ObjectStore, { openSigned }: StoreLinks): ObjectStore => ({
  ...store,
  openSigned,
  locate: async (key, options) => ((await store.stat(key)) ? store.signedUrl(key, options) : null),
});
