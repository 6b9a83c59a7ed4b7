/** One inspector for everything that is delivered: what the bytes begin with says who reads them. */
import { open } from "node:fs/promises";
import { MediaUnusable, type InspectedAudio, type InspectedVideo, type MediaInspector, type MediaSource } from "@cooly/engine/ports";
import { containerOf, HEAD_BYTES } from "./mediabunny/container.ts";
import { createPlayableInspector, type Playable } from "./mediabunny/index.ts";
import { createSharpInspector } from "./sharp/index.ts";
import { makePoster } from "./sharp/poster.ts";

export function createMediaInspector(): MediaInspector {
  const [pictures, playable] = [createSharpInspector(), createPlayableInspector()];
  return {
    async inspect(source) {
      const head = await headOf(source);
      if (head.length === 0) throw new MediaUnusable("The result is empty.");
      return containerOf(head) === null ? pictures.inspect(source) : withPoster(await playable.inspect(source));
    },
  };
}

async function withPoster({ media, frame }: Playable): Promise<InspectedVideo | InspectedAudio> {
  if (frame === null || media.kind !== "video") return media;
  // A film is whole without it.
  return makePoster(frame).then(
    (small) => ({ ...media, ...small }),
    () => media,
  );
}

async function headOf(source: MediaSource): Promise<Buffer> {
  if (source instanceof Uint8Array) return Buffer.from(source.buffer, source.byteOffset, Math.min(HEAD_BYTES, source.byteLength));
  const file = await open(source.path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
