import type { MediaSource } from "./media.ts";

/** What a picture that somebody uploads may be. */
export interface PictureLimits {
  /** Of the file. */
  readonly bytesMax: number;
  readonly pixelsMax: number;
  /** Of width and height each. */
  readonly sideMax: number;
  /** Pictures that move are read by their first frame, up to so many frames. */
  readonly framesMax: number;
  /** What its pixels may take in memory, for kinds that cannot be read row by row. */
  readonly memoryMax: number;
}

export interface ExaminedPicture {
  /** Of the copy. What has transparency, or came without loss, is PNG. */
  readonly mime: "image/png" | "image/jpeg";
  /** As it is looked at: turned as its camera said. */
  readonly width: number;
  readonly height: number;
  /** Of the copy. */
  readonly sizeBytes: number;
  /** Of the copy, in hex. */
  readonly sha256: string;
}

/**
 * How a mask says where to edit: by transparency, or by white. One that does not say is read by its transparency if it has any.
 * A mask that has been read is always grey with 8 bits, and white where to edit.
 */
export type MaskForm = "transparent" | "white";

/**
 * Looks at pictures that somebody uploaded, and writes a copy of each: 8 bits, sRGB, without anything that is no pixel. The copy
 * is what is kept and sent on; the original can be thrown away. One is read after the other, so that many at once take no more
 * memory than one.
 */
export interface Pictures {
  /** Writes the copy to the file `into`, of which nothing is left if it throws. Throws `PictureRefused` if it is the picture's fault. */
  examine(source: MediaSource, into: string): Promise<ExaminedPicture>;
  /** The same for a mask, which must have the size of the picture it is for, where that is known. */
  examineMask(source: MediaSource, request: { readonly into: string; readonly of?: PictureSize; readonly form?: MaskForm }): Promise<ExaminedPicture>;
  /** Writes a small WebP of an examined copy, at most 512 px on its longer side. */
  shrink(copy: { readonly path: string }, into: string): Promise<void>;
  /** Writes a mask that has been examined in the form that a provider wants, as PNG. */
  writeMask(mask: { readonly path: string }, request: { readonly into: string; readonly form: MaskForm }): Promise<void>;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const sentences = {
  empty_file: "The file is empty.",
  file_too_large: "The file is too large.",
  type_refused: "The file is not a PNG, JPEG, WebP, GIF or AVIF picture.",
  size_refused: "The picture has a width or height that is not taken.",
  too_many_pixels: "The picture has too many pixels.",
  too_many_frames: "The picture has too many frames.",
  undecodable: "The picture is damaged.",
  mask_size_differs: "The mask has another size than the picture.",
} as const;

export type PictureRefusal = keyof typeof sentences;

/** Codes are stable and the message is public. `cause` is for the log alone. */
export class PictureRefused extends Error {
  readonly code: PictureRefusal;

  constructor(code: PictureRefusal, options?: { cause?: unknown }) {
    super(sentences[code], options);
    this.name = "PictureRefused";
    this.code = code;
  }
}
