import { createHash } from "node:crypto";

/** 0 to 1, the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
  const digest = createHash("sha256").update(words.join("\0")).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
