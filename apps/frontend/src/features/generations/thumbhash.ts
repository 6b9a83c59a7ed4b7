import { thumbHashToDataURL } from "thumbhash";

const drawn = new Map<string, string | null>();

/** A blurred picture for a few bytes; null where there is none, or it cannot be read. */
export function blurOf(hash: string | null): string | null {
  if (!hash) return null;
  const known = drawn.get(hash);
  if (known !== undefined) return known;
  const url = draw(hash);
  drawn.set(hash, url);
  return url;
}

function draw(hash: string): string | null {
  try {
    return thumbHashToDataURL(Uint8Array.from(atob(hash), (letter) => letter.charCodeAt(0)));
  } catch {
    return null;
  }
}
