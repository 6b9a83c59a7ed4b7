/** One inspector for everything that is delivered: what the bytes begin with says who reads them. */
import { open } from "node:fs/promises";
import { MediaUnusable, type Inspected, type InspectedAudio, type InspectedVideo, type MediaInspector, type MediaSource } from "@cooly/engine/ports";
import { createFfmpeg, type FfmpegProgram } from "./ffmpeg/index.ts";
import { containerOf, HEAD_BYTES, type Container } from "./container.ts";
import { usualMatrix } from "./mediabunny/colours.ts";
import type { Frame } from "./mediabunny/first-frame.ts";
import { createPlayableInspector, type Playable } from "./mediabunny/index.ts";
import { createSharpInspector } from "./sharp/index.ts";
import { makePoster, posterSize } from "./sharp/poster.ts";

export { findFfmpeg } from "./ffmpeg/index.ts";

export interface MediaInspectorOptions {
  /** Draws what our own decoders cannot; null or left out: that goes without. */
  readonly ffmpeg?: FfmpegProgram | null;
  readonly ffmpegPatienceMs?: number;
  /** Hears why a film has no poster, or a sound no peaks, although there is what decodes it. */
  readonly onUndecoded?: (error: unknown) => void;
}

export interface ClosableInspector extends MediaInspector {
  close(): void;
}

type Film = Omit<Playable, "media"> & { readonly media: InspectedVideo };

export function createMediaInspector({ ffmpeg = null, ffmpegPatienceMs, onUndecoded }: MediaInspectorOptions = {}): ClosableInspector {
  const [pictures, playable] = [createSharpInspector(), createPlayableInspector()];
  const decoder = ffmpeg && createFfmpeg(ffmpeg, { ...(ffmpegPatienceMs !== undefined && { patienceMs: ffmpegPatienceMs }) });

  /** A film is whole without its poster, and a sound without its peaks. */
  async function orNull<T>(work: Promise<T> | undefined): Promise<T | null> {
    try {
      return (await work) ?? null;
    } catch (error) {
      onUndecoded?.(error);
      return null;
    }
  }

  async function draw({ media, matrix }: Film, source: MediaSource, container: Container): Promise<Frame | null> {
    const shown = posterSize(media);
    const pixels = await orNull(decoder?.firstPicture(source, container, { ...shown, matrix: matrix ?? usualMatrix(media.height) }));
    return pixels && { ...shown, pixels, turn: 0, shown };
  }

  async function withPoster(film: Film, source: MediaSource, container: Container): Promise<InspectedVideo> {
    const frame = film.frame ?? (await draw(film, source, container));
    return { ...film.media, ...(frame && (await orNull(makePoster(frame)))) };
  }

  async function withPeaks(media: InspectedAudio, source: MediaSource, container: Container): Promise<InspectedAudio> {
    return { ...media, waveform: media.waveform ?? (await orNull(decoder?.waveform(source, container, media.durationMs))) };
  }

  return {
    async inspect(source): Promise<Inspected> {
      const head = await headOf(source);
      if (head.length === 0) throw new MediaUnusable("The result is empty.");
      const container = containerOf(head);
      if (container === null) return pictures.inspect(source);
      const { media, ...own } = await playable.inspect(source);
      return media.kind === "video" ? withPoster({ media, ...own }, source, container) : withPeaks(media, source, container);
    },
    close: () => decoder?.close(),
  };
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
