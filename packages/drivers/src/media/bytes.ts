/** Bytes in memory or of a file, a piece at a time: never more of them than is asked for. */
import type { FileHandle } from "node:fs/promises";

export interface Bytes {
  readonly size: number;
  /** Fewer where they end. */
  read(from: number, count: number): Promise<Buffer>;
}

export const bytesOf = (given: Uint8Array): Bytes => ({
  size: given.length,
  read: async (from, count) => Buffer.from(given.buffer, given.byteOffset, given.byteLength).subarray(from, from + count),
});

export async function bytesOfFile(file: FileHandle): Promise<Bytes> {
  const { size } = await file.stat();
  return {
    size,
    async read(from, count) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, Math.min(count, size - from))), 0, null, from);
      return buffer.subarray(0, bytesRead);
    },
  };
}
