import type { ObjectStore } from "@cooly/engine/ports";
import { checkKey } from "../keys.ts";
import { endpointOf, isPathStyle, type S3Credentials, type S3StoreOptions } from "./options.ts";
import { presign } from "./presign.ts";

// Of the protocol.
const EXPIRES_MAX_SECONDS = 7 * 24 * 3600;
// Links of the same object and expiry that are made within this time are equal, so that a browser's cache finds them again.
const STEP_MS = 15 * 60_000;

export function createLinks(options: S3StoreOptions, credentials: () => S3Credentials): Pick<ObjectStore, "signedUrl" | "signedPutUrl"> {
  const { region, now = () => new Date() } = options;
  const base = baseOf(options);
  const sign = (method: "GET" | "PUT", key: string, { expiresAt, query = {}, headers = {} }: Wish): string => {
    const date = signingDate(expiresAt, now());
    const expiresSeconds = Math.floor((expiresAt.getTime() - date.getTime()) / 1000);
    if (expiresSeconds > EXPIRES_MAX_SECONDS) throw new RangeError("a link lives for seven days at the most");
    return presign({ method, url: new URL(`${base}/${checkKey(key)}`), query, headers, credentials: credentials(), region, date, expiresSeconds });
  };
  return {
    signedUrl(key, { expiresAt, mime, filename }) {
      const named = filename === undefined ? {} : { "response-content-disposition": attachment(filename) };
      return sign("GET", key, { expiresAt, query: { "response-content-type": mime, ...named } });
    },
    signedPutUrl: (key, { expiresAt, mime, sizeBytes }) =>
      sign("PUT", key, { expiresAt, headers: { "content-type": mime, ...(sizeBytes !== undefined && { "content-length": String(sizeBytes) }) } }),
  };
}

interface Wish {
  readonly expiresAt: Date;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function baseOf(options: S3StoreOptions): string {
  const { protocol, host, pathname } = new URL(options.publicEndpoint ?? endpointOf(options));
  const path = pathname.replace(/\/$/, "");
  return isPathStyle(options) ? `${protocol}//${host}${path}/${options.bucket}` : `${protocol}//${options.bucket}.${host}${path}`;
}

function signingDate(expiresAt: Date, now: Date): Date {
  const latest = Math.min(now.getTime(), expiresAt.getTime() - 1000);
  return new Date(Math.floor(latest / STEP_MS) * STEP_MS);
}

/** A name that old clients read, and the true one. */
function attachment(filename: string): string {
  const plain = filename.replaceAll(/[^\w. -]/g, "_");
  const whole = encodeURIComponent(filename).replaceAll(/['()*!]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
