/** FFmpeg's command, where this machine has it: pictures and peaks of what nothing of our own decodes. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { MediaSource } from "@cooly/engine/ports";
import { createGate } from "../../gate.ts";
import { findProgram } from "../../program.ts";
import type { Container } from "../container.ts";
import { createPeaks } from "../peaks.ts";
import { run, type Run } from "./run.ts";
import { SAMPLE_RATE, wordsForPicture, wordsForSound, type Clip, type Picture } from "./words.ts";

const NAME = "ffmpeg";
const PATIENCE_MS = 5000;
const PROCESSES_MAX = 2;
const SAMPLE_BYTES = 2;
const LOUDEST = 32_768;
// A sound may be some longer than its container says: rounding, and silence that encoders add.
const LONGER = 1.1;
const LONGER_SECONDS = 3;

export interface FfmpegProgram {
  readonly command: string;
  /** The `PATH` that it was found on. */
  readonly path: string;
}

export function findFfmpeg(path: string | null): FfmpegProgram | null {
  const command = findProgram(path, NAME);
  return command === null ? null : { command, path: path! };
}

/** Both reject, whatever it is that goes wrong. */
export interface Ffmpeg {
  /** Red, green and blue of each of its pixels. */
  firstPicture(source: MediaSource, container: Container, picture: Picture): Promise<Uint8Array>;
  waveform(source: MediaSource, container: Container, durationMs: number): Promise<string>;
  /** Ends what is running; nothing more is started. */
  close(): void;
}

export function createFfmpeg(program: FfmpegProgram, { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {}): Ffmpeg {
  const gate = createGate(PROCESSES_MAX);
  const closed = new AbortController();

  async function decode(source: MediaSource, work: (path: string) => Pick<Run, "words" | "bytesMax" | "hear">): Promise<void> {
    const leave = await gate.enter();
    try {
      const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(patienceMs)]);
      signal.throwIfAborted();
      await withRoom(source, ({ path, folder }) => run({ ...program, ...work(path), folder, signal }));
    } finally {
      leave();
    }
  }

  return {
    async firstPicture(source, container, picture) {
      const { width, height } = picture;
      const pixels = Buffer.alloc(width * height * 3);
      let filled = 0;
      const hear = (piece: Buffer): void => void (filled += piece.copy(pixels, filled));
      await decode(source, (path) => ({ words: wordsForPicture({ path, container }, picture), bytesMax: pixels.length, hear }));
      if (filled < pixels.length) throw new Error("there is no whole picture in the film");
      return pixels;
    },
    async waveform(source, container, durationMs) {
      const seconds = durationMs / 1000;
      const fold = createFold(seconds * SAMPLE_RATE);
      const bytesMax = Math.ceil((seconds * LONGER + LONGER_SECONDS) * SAMPLE_RATE) * SAMPLE_BYTES;
      await decode(source, (path) => ({ words: wordsForSound({ path, container }), bytesMax, hear: fold.hear }));
      return fold.text();
    },
    close: () => closed.abort(new Error("nothing is decoded any more")),
  };
}

/** An empty folder to be in. Bytes in memory get a file beside it, as films are read back and forth; files stay where they are. */
async function withRoom(source: MediaSource, work: (room: Pick<Clip, "path"> & Pick<Run, "folder">) => Promise<void>): Promise<void> {
  const room = await mkdtemp(join(tmpdir(), "cooly-ffmpeg-"));
  try {
    const [folder, copy] = [join(room, "empty"), join(room, "bytes")];
    await mkdir(folder);
    if (source instanceof Uint8Array) await writeFile(copy, source, { mode: 0o600 });
    await work({ folder, path: source instanceof Uint8Array ? copy : resolve(source.path) });
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/** Peaks of samples as they come, however they are cut. */
function createFold(total: number): { hear(piece: Buffer): void; text(): string } {
  const peaks = createPeaks(total);
  let rest: Buffer = Buffer.alloc(0);
  let heard = 0;
  return {
    hear(piece) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const whole = bytes.length - (bytes.length % SAMPLE_BYTES);
      for (let at = 0; at < whole; at += SAMPLE_BYTES, heard += 1) peaks.add(heard, Math.abs(bytes.readInt16LE(at)) / LOUDEST);
      rest = bytes.subarray(whole);
    },
    text() {
      if (heard === 0) throw new Error("there is nothing to hear in the sound");
      return peaks.text();
    },
  };
}
