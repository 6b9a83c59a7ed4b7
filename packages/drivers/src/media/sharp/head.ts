import { open } from "node:fs/promises";
import type { MediaSource } from "@cooly/engine/ports";

export type PictureKind = "png" | "jpeg" | "webp" | "gif" | "avif";

const HEAD_BYTES = 4096;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

/** The first bytes of a source, and how many there are in all. */
export async function readHead(source: MediaSource): Promise<{ head: Buffer; sizeBytes: number }> {
  if (source instanceof Uint8Array) return { head: bufferOf(source).subarray(0, HEAD_BYTES), sizeBytes: source.byteLength };
  await using file = await open(source.path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return { head: buffer.subarray(0, bytesRead), sizeBytes: (await file.stat()).size };
}

/** The same bytes, as Node sees them. */
export const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/** What a picture is by its first bytes, or null if it is none of these kinds. */
export function kindOf(head: Buffer): PictureKind | null {
  if (head.subarray(0, PNG.length).equals(PNG)) return "png";
  if (head.subarray(0, JPEG.length).equals(JPEG)) return "jpeg";
  const text = head.toString("latin1");
  if (text.startsWith("RIFF") && text.startsWith("WEBP", 8)) return "webp";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "gif";
  return isAvif(head) ? "avif" : null;
}

/** The longest side that an AVIF claims for itself or a part of it; its decoder complains aloud of what no number of its own holds. */
export function longestClaim(head: Buffer): number {
  let longest = 0;
  for (let at = head.indexOf("ispe"); at >= 0 && at + 16 <= head.length; at = head.indexOf("ispe", at + 4)) {
    longest = Math.max(longest, head.readUInt32BE(at + 8), head.readUInt32BE(at + 12));
  }
  return longest;
}

/** A container that names AVIF among what it is, in whichever place. */
function isAvif(head: Buffer): boolean {
  if (head.toString("latin1", 4, 8) !== "ftyp") return false;
  const brands = head.toString("latin1", 8, Math.min(head.readUInt32BE(0), head.length));
  for (let at = 0; at + 4 <= brands.length; at += 4) if (brands.startsWith("avif", at)) return true;
  return false;
}
