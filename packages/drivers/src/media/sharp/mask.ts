import { PictureRefused, type ExaminedPicture, type MaskForm, type MediaSource, type PictureLimits, type PictureSize } from "@cooly/engine/ports";
import { openPicture, usualLimits, weigh, writeWhole, type OpenPicture } from "./examine-picture.ts";
import { sharp } from "./loaders.ts";

export interface MaskRequest {
  readonly into: string;
  /** The size of the picture that it is for, where that is known. */
  readonly of?: PictureSize;
  readonly form?: MaskForm;
  readonly limits?: PictureLimits;
}

/** Writes the mask to the file `into` as it is kept here: PNG, grey with 8 bits, white where to edit. */
export async function examineMask(source: MediaSource, { into, of, form, limits = usualLimits }: MaskRequest): Promise<ExaminedPicture> {
  const picture = await openPicture(source, limits);
  const { read, width, height } = picture;
  if (of && (width !== of.width || height !== of.height)) throw new PictureRefused("mask_size_differs");
  const transparent = (form ?? (await formOf(picture))) === "transparent";
  // What is not transparent at all keeps everything.
  const grey = transparent ? read().ensureAlpha().extractChannel(3).negate() : read().removeAlpha().toColourspace("b-w");
  await writeWhole(grey.toColourspace("b-w").png(), into);
  return { mime: "image/png", width, height, ...(await weigh(into)) };
}

async function formOf({ read, hasAlpha }: OpenPicture): Promise<MaskForm> {
  if (!hasAlpha) return "white";
  const { isOpaque } = await read().stats();
  return isOpaque ? "white" : "transparent";
}

/** Writes a mask that is kept here in the form that a provider wants. */
export async function writeMask(path: string, { into, form }: { into: string; form: MaskForm }): Promise<void> {
  if (form === "white") return writeWhole(sharp(path).toColourspace("b-w").png(), into);
  const { data, info: raw } = await sharp(path).extractChannel(0).negate().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = raw;
  const black = sharp({ create: { width, height, channels: 3, background: "black" } });
  await writeWhole(black.joinChannel(data, { raw: { width, height, channels: 1 } }).png(), into);
}
