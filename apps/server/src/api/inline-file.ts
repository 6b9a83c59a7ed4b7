import { fault } from "./http/problem.ts";

/** Larger files are uploaded. */
export const INLINE_FILE_MAX_BYTES = 5 * 1024 * 1024;
// Case does not matter in what stands before the comma.
const FORM = /^data:([a-z]+\/[a-z0-9.+-]+);base64,/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of a `data:` address in base64, and what it says they are. */
export function readInlineFile(url: string, path: string): { readonly mime: string; readonly bytes: Uint8Array } {
  const match = FORM.exec(url);
  if (!match) throw fault("invalid_data_url", path, "must be data:TYPE;base64,... .");
  const text = url.slice(match[0].length);
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw fault("invalid_data_url", path, "is not base64.");
  if ((text.length / 4) * 3 > INLINE_FILE_MAX_BYTES + 2)
    throw fault("too_large", path, `has more than ${INLINE_FILE_MAX_BYTES} bytes; upload the file instead.`);
  return { mime: match[1]!.toLowerCase().replace("image/jpg", "image/jpeg"), bytes: Buffer.from(text, "base64") };
}
