import sharp from "sharp";
import { rgbaToThumbHash } from "thumbhash";
import { MediaUnusable, type Inspected, type MediaInspector } from "@cooly/engine/ports";

const PIXELS_MAX = 50_000_000;
const THUMBNAIL_PX = 512;
const HASH_PX = 100; // ThumbHash takes no larger picture.

const signatures: readonly { readonly mime: Inspected["mime"]; readonly matches: (bytes: Buffer) => boolean }[] = [
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

/** Reads PNG, JPEG and WebP, by their bytes. */
export function createSharpInspector(): MediaInspector {
  return {
    async inspect(given) {
      const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
      const kind = signatures.find(({ matches }) => matches(bytes));
      if (!kind) throw new MediaUnusable("The result is not a PNG, JPEG or WebP picture.");
      try {
        return await look(bytes, kind.mime);
      } catch (cause) {
        if (cause instanceof MediaUnusable) throw cause;
        throw new MediaUnusable("The picture cannot be decoded.", { cause });
      }
    },
  };
}

async function look(bytes: Buffer, mime: Inspected["mime"]): Promise<Inspected> {
  const open = () => sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: "truncated", pages: 1 });
  const { width, height, pages } = await open().metadata();
  if (!width || !height || width * height > PIXELS_MAX) throw new MediaUnusable("The picture has too many pixels.");
  if ((pages ?? 1) > 1) throw new MediaUnusable("The picture moves; only still pictures are taken.");
  const small = open().autoOrient().toColourspace("srgb").resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: "inside", withoutEnlargement: true });
  const thumbnail = await small.webp({ quality: 80 }).toBuffer();
  const { data, info } = await sharp(thumbnail).resize(HASH_PX, HASH_PX, { fit: "inside" }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const thumbhash = Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString("base64");
  return { mime, width, height, durationMs: null, thumbnail, thumbhash };
}
