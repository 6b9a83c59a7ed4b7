/** Pictures within a request. */
export interface Inline {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

const DATA_URI = /^data:([\w.+-]+\/[\w.+-]+);base64,([A-Za-z0-9+/=]+)$/;
// What the first bytes of a file look like in base64.
const beginnings: readonly (readonly [string, string])[] = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["UklGR", "image/webp"],
];

/** From what a manifest's map makes of a file: a data URI, base64, or the bytes. Throws for an address, which this protocol does not take. */
export function inlineOf(file: unknown): Inline {
  if (typeof file === "string") {
    const [, mimeType, data] = DATA_URI.exec(file) ?? [];
    if (mimeType !== undefined && data !== undefined) return { mimeType, data };
    const known = beginnings.find(([beginning]) => file.startsWith(beginning));
    if (known) return { mimeType: known[1], data: file };
  } else if (isBytes(file)) {
    return { mimeType: file.mime, data: Buffer.from(file.bytes).toString("base64") };
  }
  throw new TypeError("a picture of a request to the Gemini API must be a data URI, base64 or bytes");
}

function isBytes(file: unknown): file is { mime: string; bytes: Uint8Array } {
  if (typeof file !== "object" || file === null) return false;
  const { mime, bytes } = file as Record<string, unknown>;
  return typeof mime === "string" && bytes instanceof Uint8Array;
}
