import { isFile } from "../http/multipart.ts";
import { sharp } from "./sharp/loaders.ts";

/** OpenAI edits where a mask is transparent. One without transparency is one of ours: grey, and white where to edit. What is no file is left alone. */
export async function transparentMask(mask: unknown): Promise<unknown> {
  if (!isFile(mask)) return mask;
  const picture = sharp(mask.bytes);
  const { hasAlpha, width, height } = await picture.metadata();
  if (hasAlpha) return mask;
  const alpha = await picture.toColourspace("b-w").extractChannel(0).negate().raw().toBuffer();
  const black = sharp({ create: { width, height, channels: 3, background: "black" } });
  const bytes = await black
    .joinChannel(alpha, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  return { mime: "image/png", name: "mask.png", bytes };
}
