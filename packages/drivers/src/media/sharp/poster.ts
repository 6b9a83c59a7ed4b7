import { sharp } from "./loaders.ts";
import { makeSmall, THUMBNAIL_PX, type Small } from "./small.ts";

export interface PosterOf {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly pixels: Uint8Array;
  /** Clockwise. */
  readonly turn: 0 | 90 | 180 | 270;
  readonly shown: { readonly width: number; readonly height: number };
}

/** How large the small picture of something that is shown at this size is. */
export function posterSize(shown: PosterOf["shown"]): PosterOf["shown"] {
  const share = Math.min(1, THUMBNAIL_PX / Math.max(shown.width, shown.height));
  const side = (pixelsLong: number): number => Math.max(1, Math.round(pixelsLong * share));
  return { width: side(shown.width), height: side(shown.height) };
}

/** The small picture of a film: upright, and as wide as the film is shown. */
export function makePoster({ width, height, pixels, turn, shown }: PosterOf): Promise<Small> {
  const upright = sharp(pixels, { raw: { width, height, channels: 3 } }).rotate(turn);
  return makeSmall(upright.resize({ ...posterSize(shown), fit: "fill" }));
}
