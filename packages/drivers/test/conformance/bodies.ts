import { createHash, randomBytes } from "node:crypto";

export const MIB = 1024 * 1024;
const PIECE_BYTES = 150_000;

export interface Sample {
  readonly bytes: Buffer;
  readonly sha256: string;
}

export function sampleOf(sizeBytes: number): Sample {
  const bytes = randomBytes(sizeBytes);
  return { bytes, sha256: hashOf(bytes) };
}

export const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A piece at a time through one memory, as a file is read: whoever keeps a piece keeps what the next one says. */
export async function* pieces(bytes: Uint8Array, options: { readonly failAt?: number; readonly error?: Error } = {}): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(PIECE_BYTES);
  const { failAt = Infinity, error = new Error("the source has failed") } = options;
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (at >= failAt) throw error;
    const part = bytes.subarray(at, at + PIECE_BYTES);
    memory.set(part);
    yield memory.subarray(0, part.length);
    memory.fill(0);
  }
  if (failAt < Infinity) throw error;
}

/** Says so much, and then nothing for ever. Ends when it is given up. */
export async function* silent(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes);
  await new Promise(() => undefined);
}
