import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { Metadata, Sharp } from "sharp";
import { PictureRefused, type ExaminedPicture, type MediaSource, type PictureLimits } from "@cooly/engine/ports";
import { bufferOf, kindOf, longestClaim, readHead, type PictureKind } from "./head.ts";
import { sharp } from "./loaders.ts";
import { hasMoreChunks } from "./webp-chunks.ts";

/** 36 megapixels are the most that a model takes. The memory is that of a turned picture of 13 megapixels, as telephones make them. */
export const usualLimits: PictureLimits = {
  bytesMax: 30 * 1024 * 1024,
  pixelsMax: 36_000_000,
  sideMax: 16_384,
  framesMax: 1_000,
  memoryMax: 40 * 1024 * 1024,
};

const DECODE_SECONDS_MAX = 60;
const PIECE_BYTES = 256 * 1024;
/** What a pixel takes where all of them are in memory at once; measured, with what the decoder keeps beside them. */
const WHOLE_BYTES: Readonly<Record<PictureKind, number>> = { png: 0, jpeg: 0, webp: 10.5, gif: 6, avif: 18 };
const PROGRESSIVE_BYTES = 6;
/** What a WebP may hold besides frames. */
const OTHER_CHUNKS_MAX = 64;
const SYSTEM_TROUBLE = /(unix|system|write) error|unable to open|out of memory/i;

export interface OpenPicture {
  readonly kind: PictureKind;
  /** Reads it from its beginning, turned as its camera said. */
  read(): Sharp;
  /** As it is looked at. */
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

/** Writes a copy of nothing but the pixels to the file `into`. */
export async function examinePicture(source: MediaSource, { into, limits = usualLimits }: { into: string; limits?: PictureLimits }): Promise<ExaminedPicture> {
  const picture = await openPicture(source, limits);
  const { read, width, height } = picture;
  const lossless = picture.hasAlpha || picture.kind === "png" || picture.kind === "gif";
  const pixels = read().toColourspace("srgb");
  // To find the best codes, all of the picture would have to be in memory.
  const copy = lossless ? pixels.png() : pixels.jpeg({ quality: 92, chromaSubsampling: "4:4:4", optimiseCoding: false });
  await writeWhole(copy, into);
  return { mime: lossless ? "image/png" : "image/jpeg", width, height, ...(await weigh(into)) };
}

/** Reads no more than the head of a picture; throws `PictureRefused` for one whose pixels are not to be read. */
export async function openPicture(source: MediaSource, limits: PictureLimits): Promise<OpenPicture> {
  const { head, sizeBytes } = await readHead(source);
  if (sizeBytes === 0) throw new PictureRefused("empty_file");
  if (sizeBytes > limits.bytesMax) throw new PictureRefused("file_too_large");
  const kind = kindOf(head);
  if (!kind) throw new PictureRefused("type_refused");
  if (kind === "avif" && longestClaim(head) > limits.sideMax) throw new PictureRefused("size_refused");
  if (kind === "webp" && (await hasMoreChunks(source, limits.framesMax + OTHER_CHUNKS_MAX))) throw new PictureRefused("too_many_frames");
  const input = source instanceof Uint8Array ? bufferOf(source) : source.path;
  const read = () => sharp(input, { limitInputPixels: limits.pixelsMax, failOn: "error", pages: 1 }).timeout({ seconds: DECODE_SECONDS_MAX });
  // The limit is held against what is known then; until then it would hide by how much.
  const metadata = await decoding(sharp(input, { limitInputPixels: false, failOn: "error", pages: 1 }).metadata());
  const refusal = refusalOf(kind, metadata, limits);
  if (refusal) throw new PictureRefused(refusal, { cause: new Error(`${kind} of ${metadata.width}x${metadata.height}`) });
  const { width, height } = metadata.autoOrient;
  return { kind, read: () => read().autoOrient(), width, height, hasAlpha: metadata.hasAlpha };
}

function refusalOf(kind: PictureKind, metadata: Metadata, limits: PictureLimits) {
  const { width, height, pages = 1 } = metadata;
  if (!(width > 0 && height > 0) || Math.max(width, height) > limits.sideMax) return "size_refused";
  if (width * height > limits.pixelsMax || width * height * bytesOfPixel(kind, metadata) > limits.memoryMax) return "too_many_pixels";
  return pages > limits.framesMax ? "too_many_frames" : null;
}

/** What a pixel takes in memory while it is read: nothing where rows come one after the other and go as they came. */
function bytesOfPixel(kind: PictureKind, { isProgressive, orientation = 1, channels, depth }: Metadata): number {
  const turned = channels * (depth === "ushort" ? 2 : 1);
  return WHOLE_BYTES[kind] + (isProgressive ? Math.max(PROGRESSIVE_BYTES, turned) : 0) + (orientation > 1 ? turned : 0);
}

/** Writes all of it or, if it cannot, nothing. */
export async function writeWhole(pixels: Sharp, into: string): Promise<void> {
  try {
    await decoding(pixels.toFile(into));
  } catch (error) {
    await rm(into, { force: true });
    throw error;
  }
}

async function decoding<Value>(read: Promise<Value>): Promise<Value> {
  try {
    return await read;
  } catch (cause) {
    // A disk that is full is no fault of the picture.
    if (cause instanceof Error && SYSTEM_TROUBLE.test(cause.message)) throw cause;
    throw new PictureRefused("undecodable", { cause });
  }
}

/** One buffer for all of it: those of a stream stay until the collector comes, which may be tens of megabytes later. */
export async function weigh(path: string): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(PIECE_BYTES);
  let sizeBytes = 0;
  await using file = await open(path, "r");
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES, sizeBytes);
    if (bytesRead === 0) return { sizeBytes, sha256: hash.digest("hex") };
    hash.update(buffer.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
}
