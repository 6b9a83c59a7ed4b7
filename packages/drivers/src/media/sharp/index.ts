import { open } from "node:fs/promises";
import sharp from "sharp";
import { rgbaToThumbHash } from "thumbhash";
import { MediaUnusable, type InspectedPicture, type MediaSource } from "@cooly/engine/ports";
import { createGate } from "../../gate.ts";

const PIXELS_MAX = 50_000_000;
const THUMBNAIL_PX = 512;
const HEAD_BYTES = 16;
// Files are what is large. Each takes one of four threads that also move bytes, and a picture that comes in passes over the
// whole (progressive, or WebP) is decoded whole.
const FILES_MAX = 2;
// ThumbHash keeps at most seven waves across a picture: four times as many points say all of it, and ten times as many cost ten times.
const HASH_PX = 32;

const signatures: readonly { readonly mime: InspectedPicture["mime"]; readonly matches: (bytes: Buffer) => boolean }[] = [
  { mime: "image/png", matches: (bytes) => bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) },
  { mime: "image/jpeg", matches: (bytes) => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) },
  { mime: "image/webp", matches: (bytes) => bytes.toString("latin1", 0, 4) === "RIFF" && bytes.toString("latin1", 8, 12) === "WEBP" },
];

// What the bytes claim does not choose a loader; only these three can be chosen at all.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: [
    "VipsForeignLoadPngBuffer",
    "VipsForeignLoadJpegBuffer",
    "VipsForeignLoadWebpBuffer",
    "VipsForeignLoadPng",
    "VipsForeignLoadJpeg",
    "VipsForeignLoadWebp",
  ],
});
sharp.cache(false);
sharp.concurrency(1);

export interface PictureInspector {
  inspect(source: MediaSource): Promise<InspectedPicture>;
}

/** Reads PNG, JPEG and WebP, by their bytes. */
export function createSharpInspector(): PictureInspector {
  const gate = createGate(FILES_MAX);
  return {
    async inspect(source) {
      if (source instanceof Uint8Array) return inspectBytes(source);
      const leave = await gate.enter();
      return inspectFile(source.path).finally(leave);
    },
  };
}

function inspectBytes(given: Uint8Array): Promise<InspectedPicture> {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  return inspect(bytes, bytes);
}

async function inspectFile(path: string): Promise<InspectedPicture> {
  const head = await readHead(path);
  return inspect(head, path).catch(async (error: unknown) => {
    // A file that cannot even be opened says nothing about the picture in it.
    await readHead(path);
    throw error;
  });
}

async function inspect(head: Buffer, input: Buffer | string): Promise<InspectedPicture> {
  const kind = signatures.find(({ matches }) => matches(head));
  if (!kind) throw new MediaUnusable("The result is not a PNG, JPEG or WebP picture.");
  try {
    return await look(input, kind.mime);
  } catch (cause) {
    if (cause instanceof MediaUnusable) throw cause;
    throw new MediaUnusable("The picture cannot be decoded.", { cause });
  }
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function look(input: Buffer | string, mime: InspectedPicture["mime"]): Promise<InspectedPicture> {
  const read = () => sharp(input, { limitInputPixels: PIXELS_MAX, failOn: "truncated", pages: 1 });
  const { width, height, pages } = await read().metadata();
  if (!width || !height || width * height > PIXELS_MAX) throw new MediaUnusable("The picture has too many pixels.");
  if ((pages ?? 1) > 1) throw new MediaUnusable("The picture moves; only still pictures are taken.");
  const small = read().autoOrient().toColourspace("srgb").resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: "inside", withoutEnlargement: true });
  const { data, info: raw } = await small.raw().toBuffer({ resolveWithObject: true });
  const [thumbnail, tiny] = await Promise.all([
    sharp(data, { raw }).webp({ quality: 80 }).toBuffer(),
    sharp(data, { raw }).resize(HASH_PX, HASH_PX, { fit: "inside" }).ensureAlpha().toBuffer({ resolveWithObject: true }),
  ]);
  const thumbhash = Buffer.from(rgbaToThumbHash(tiny.info.width, tiny.info.height, tiny.data)).toString("base64");
  return { kind: "image", mime, width, height, durationMs: null, thumbnail, thumbhash };
}
