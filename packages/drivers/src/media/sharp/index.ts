import { MediaUnusable, type InspectedPicture, type MediaSource } from "@cooly/engine/ports";
import { createGate } from "../../gate.ts";
import { bufferOf, kindOf, readHead } from "./head.ts";
import { sharp } from "./loaders.ts";
import { makeSmall, THUMBNAIL_PX } from "./small.ts";

const PIXELS_MAX = 50_000_000;
// Files are what is large. Each takes one of four threads that also move bytes, and a picture that comes in passes over the
// whole (progressive, or WebP) is decoded whole.
const FILES_MAX = 2;

// What vendors make. Uploads may be more.
const mimes: Partial<Record<string, InspectedPicture["mime"]>> = { png: "image/png", jpeg: "image/jpeg", webp: "image/webp" };

export interface PictureInspector {
  inspect(source: MediaSource): Promise<InspectedPicture>;
}

/** Reads PNG, JPEG and WebP, by their bytes. */
export function createSharpInspector(): PictureInspector {
  const gate = createGate(FILES_MAX);
  return {
    async inspect(source) {
      if (source instanceof Uint8Array) return inspect((await readHead(source)).head, bufferOf(source));
      const leave = await gate.enter();
      return inspectFile(source.path).finally(leave);
    },
  };
}

async function inspectFile(path: string): Promise<InspectedPicture> {
  const { head } = await readHead({ path });
  return inspect(head, path).catch(async (error: unknown) => {
    // A file that cannot even be opened says nothing about the picture in it.
    await readHead({ path });
    throw error;
  });
}

async function inspect(head: Buffer, input: Buffer | string): Promise<InspectedPicture> {
  const mime = mimes[kindOf(head) ?? ""];
  if (!mime) throw new MediaUnusable("The result is not a PNG, JPEG or WebP picture.");
  try {
    return await look(input, mime);
  } catch (cause) {
    if (cause instanceof MediaUnusable) throw cause;
    throw new MediaUnusable("The picture cannot be decoded.", { cause });
  }
}

async function look(input: Buffer | string, mime: InspectedPicture["mime"]): Promise<InspectedPicture> {
  const read = () => sharp(input, { limitInputPixels: PIXELS_MAX, failOn: "truncated", pages: 1 });
  const { width, height, pages } = await read().metadata();
  if (!width || !height || width * height > PIXELS_MAX) throw new MediaUnusable("The picture has too many pixels.");
  if ((pages ?? 1) > 1) throw new MediaUnusable("The picture moves; only still pictures are taken.");
  const small = read().autoOrient().toColourspace("srgb").resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: "inside", withoutEnlargement: true });
  return { kind: "image", mime, width, height, durationMs: null, ...(await makeSmall(small)) };
}
