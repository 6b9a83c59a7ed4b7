import type { Sharp } from "sharp";
import { rgbaToThumbHash } from "thumbhash";
import { sharp } from "./loaders.ts";

export const THUMBNAIL_PX = 512;
// ThumbHash keeps at most seven waves across a picture: four times as many points say all of it, and ten times as many cost ten times.
const HASH_PX = 32;

export interface Small {
  /** WebP. */
  readonly thumbnail: Uint8Array;
  /** ThumbHash, base64. */
  readonly thumbhash: string;
}

/** `picture`: at the size of the thumbnail. */
export async function makeSmall(picture: Sharp): Promise<Small> {
  const { data, info: raw } = await picture.raw().toBuffer({ resolveWithObject: true });
  const [thumbnail, tiny] = await Promise.all([
    sharp(data, { raw }).webp({ quality: 80 }).toBuffer(),
    sharp(data, { raw }).resize(HASH_PX, HASH_PX, { fit: "inside" }).ensureAlpha().toBuffer({ resolveWithObject: true }),
  ]);
  return { thumbnail, thumbhash: Buffer.from(rgbaToThumbHash(tiny.info.width, tiny.info.height, tiny.data)).toString("base64") };
}
