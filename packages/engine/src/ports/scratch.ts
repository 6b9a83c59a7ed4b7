import type { OpenPieces, Pieces } from "./pieces.ts";

/** Room on this machine for what is on its way: bytes of any size are landed before anybody knows what they are. */
export interface Scratch {
  /**
   * Takes `body` down to its end, as fast as the disk does, while its size and hash are read. Rejects, leaving nothing and
   * with `body` given up, if `body` fails or `signal` aborts; with `MediaUnusable` as soon as `maxBytes` is passed. Anything
   * else, a full disk too, is trouble on the way: try again. What is landed need not survive a power cut.
   */
  land(body: OpenPieces, options: LandOptions): Promise<Landed>;
}

export interface LandOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Bytes that lie on this machine until they are discarded, or until long after their process has died. */
export interface Landed {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** For whoever reads a file by its path. */
  readonly path: string;
  /** The bytes from their beginning, each time anew. */
  open(): Pieces;
  /** More than once is no error. Where it fails, the bytes go with what dead processes left. */
  discard(): Promise<void>;
}
