/**
 * Public ids are a prefix and the 26 characters of a UUIDv7 in Crockford's base 32, lower case: they sort by time,
 * survive a double click and hold no letter that is mistaken for a digit. Rows hold the bare UUID.
 */
import { z } from "zod";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const PATTERN = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

export const idPrefixes = { generation: "gen", output: "out", apiKey: "key", webhook: "whk", upload: "upl", account: "acc" } as const;
export type IdKind = keyof typeof idPrefixes;

/** `("generation", "0199…-…")` -> `gen_01jd…`. */
export function toPublicId(kind: IdKind, uuid: string): string {
  let rest = BigInt(`0x${uuid.replaceAll("-", "")}`);
  let text = "";
  for (let place = 0; place < 26; place += 1) {
    text = ALPHABET[Number(rest & 31n)] + text;
    rest >>= 5n;
  }
  return `${idPrefixes[kind]}_${text}`;
}

/** The UUID behind a public id, or null for anything that is not one of this kind. */
export function fromPublicId(kind: IdKind, id: string): string | null {
  const prefix = `${idPrefixes[kind]}_`;
  const text = id.slice(prefix.length);
  if (!id.startsWith(prefix) || !PATTERN.test(text)) return null;
  let value = 0n;
  for (const letter of text) value = (value << 5n) | BigInt(ALPHABET.indexOf(letter));
  const hex = value.toString(16).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A UUIDv7 made from the given time (milliseconds since 1970) and the platform's randomness. */
export function newUuid(atMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(atMs) << 16n) | 0x7000n | (BigInt(bytes[6]! & 15) << 8n) | BigInt(bytes[7]!));
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A schema for a public id of this kind; what does not match is refused as `invalid_parameter`. */
export const publicId = (kind: IdKind) =>
  z
    .string()
    .regex(new RegExp(`^${idPrefixes[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`))
    .meta({ example: toPublicId(kind, "01939c5e-7d2a-7c3b-9f00-6b1f2a3c4d5e") });
