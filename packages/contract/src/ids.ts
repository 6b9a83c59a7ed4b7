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
  const hex = uuid.replaceAll("-", "");
  // 26 letters hold 130 bits: two of nothing and the first byte, then twenty bits at a time.
  let text = lettersOf(parseInt(hex.slice(0, 2), 16), 2);
  for (let at = 2; at < hex.length; at += 5) text += lettersOf(parseInt(hex.slice(at, at + 5), 16), 4);
  return `${idPrefixes[kind]}_${text}`;
}

function lettersOf(bits: number, count: number): string {
  let text = "";
  for (let place = count - 1; place >= 0; place -= 1) text += ALPHABET[(bits >> (5 * place)) & 31];
  return text;
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

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
// To ask the platform for ten bytes costs as much as to ask it for some thousand.
const pool = new Uint8Array(2_000);
let used = pool.length;

function randomHex(bytes: number): string {
  let hex = "";
  for (let byte = 0; byte < bytes; byte += 1) {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    hex += hexOf[pool[used]!];
    used += 1;
  }
  return hex;
}

/** A UUIDv7 made from the given time (milliseconds since 1970) and the platform's randomness. */
export function newUuid(atMs: number = Date.now()): string {
  const time = Math.trunc(atMs).toString(16).padStart(12, "0");
  const random = randomHex(10);
  // The two letters that are not random: the version, and the variant's two bits.
  const variant = ((parseInt(random[3]!, 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(8)}`;
}

/** A schema for a public id of this kind; what does not match is refused as `invalid_parameter`. */
export const publicId = (kind: IdKind) =>
  z
    .string()
    .regex(new RegExp(`^${idPrefixes[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`))
    .meta({ example: toPublicId(kind, "01939c5e-7d2a-7c3b-9f00-6b1f2a3c4d5e") });
