import type { Readable } from "node:stream";
import type { Pieces } from "./pieces.ts";

/** Where media live. Private always: bytes leave through links that are signed and short-lived. */
export interface ObjectStore {
  /**
   * Streams `body` to `key` and answers with what was stored. The object appears whole or not at all, and is
   * durable when this resolves. Rejects, leaving nothing, if `body` fails, `signal` aborts or `maxBytes` is passed.
   */
  put(key: string, body: Pieces | Uint8Array, options: PutOptions): Promise<StoredObject>;

  /** Null if there is no such object. `range` is inclusive, in bytes. */
  open(key: string, range?: ByteRange): Promise<OpenObject | null>;

  stat(key: string): Promise<{ readonly sizeBytes: number } | null>;

  /** Keys that do not exist are no error. */
  remove(keys: readonly string[]): Promise<void>;

  /** Every object below `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly sizeBytes: number; readonly modifiedAt: Date }>;

  /** An address that answers with the object until `expiresAt`, to whoever holds it. Pure: asks nobody. */
  signedUrl(key: string, options: SignedUrlOptions): string;

  /**
   * The key behind a path and query that `signedUrl` made, if it is genuine and has not expired at `now`; else null.
   * Only where the store has no HTTP server of its own and the API must answer for it.
   */
  openSigned?(pathAndQuery: string, now: Date): SignedObject | null;
}

export interface PutOptions {
  readonly mime: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface StoredObject {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface OpenObject {
  /** The whole object's size, whatever the range. */
  readonly sizeBytes: number;
  readonly body: Readable;
}

export interface SignedUrlOptions {
  readonly expiresAt: Date;
  readonly mime: string;
  /** With a name the answer is an attachment, without one it is shown in place. */
  readonly filename?: string;
}

export interface SignedObject {
  readonly key: string;
  readonly mime: string;
  readonly filename: string | null;
}
