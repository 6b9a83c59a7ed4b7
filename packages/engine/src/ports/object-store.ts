import type { Readable } from "node:stream";
import type { Pieces } from "./pieces.ts";

/** Where media live. Private always: bytes leave through links that are signed and short-lived. */
export interface ObjectStore {
  /**
   * Streams `body` to `key` and answers with what was stored. The object appears whole or not at all, and is
   * durable when this resolves. Rejects, leaving nothing, if `body` fails, `signal` aborts or `maxBytes` is passed. A key whose
   * put was rejected is spent: what was stored without an answer may be taken away at any time, so the next try has a new key.
   */
  put(key: string, body: Pieces | Uint8Array, options: PutOptions): Promise<StoredObject>;

  /** Null if there is no such object. `range` is inclusive, in bytes. */
  open(key: string, range?: ByteRange): Promise<OpenObject | null>;

  stat(key: string): Promise<{ readonly sizeBytes: number } | null>;

  /** Keys that do not exist are no error. */
  remove(keys: readonly string[]): Promise<void>;

  /** Stores `body` unless there is an object of that key. False: there is one, and it stays as it is. */
  create(key: string, body: Uint8Array, mime: string): Promise<boolean>;

  /** Every object below `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly sizeBytes: number; readonly modifiedAt: Date }>;

  /** An address that answers with the object until `expiresAt`, to whoever holds it. Pure: asks nobody. */
  signedUrl(key: string, options: SignedUrlOptions): string;

  /** An address that takes one PUT of an object, of this type, until `expiresAt`. Pure: asks nobody. */
  signedPutUrl(key: string, options: SignedPutOptions): string;

  /**
   * The key behind a path and query that `signedUrl` or `signedPutUrl` made, if it is genuine and has not expired at `now`;
   * else null. Only where the API must answer for the store.
   */
  openSigned?(pathAndQuery: string, now: Date): SignedObject | null;

  /** Where the API sends whoever holds such a link. Null, or without it: the API answers itself, if only that there is nothing. */
  locate?(key: string, options: SignedUrlOptions): Promise<string | null>;

  /** Gives up unfinished uploads of keys that begin with `prefix` and were begun before then. Answers how many. */
  abandonUploads?(prefix: string, before: Date): Promise<number>;
}

export interface PutOptions {
  readonly mime: string;
  readonly maxBytes: number;
  /** Where it is known before. A body of another size is rejected. */
  readonly sizeBytes?: number;
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

export interface SignedPutOptions {
  readonly expiresAt: Date;
  readonly mime: string;
  /** The only size that is taken. Default: any. */
  readonly sizeBytes?: number;
}

export interface SignedObject {
  readonly method: "GET" | "PUT";
  readonly key: string;
  readonly mime: string;
  readonly filename: string | null;
  /** Of a PUT: the only size that is taken; null: any. */
  readonly sizeBytes: number | null;
}
