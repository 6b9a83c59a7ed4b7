/**
 * Bytes that pass once, piece by piece, as fast as they are asked for. A piece is its reader's until the reader asks for the
 * next: then its memory may be used for something else. So whoever keeps pieces, or reads ahead (as a `Readable` does), copies
 * them. Any `Readable` is one too.
 */
export type Pieces = AsyncIterable<Uint8Array>;

/** Pieces of something that stands open until they have been read to their end, or are given up. */
export type OpenPieces = Pieces & AsyncDisposable;
