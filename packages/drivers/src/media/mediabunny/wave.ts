/** WAV by its own bytes: how long it is, and how loud over its length. */
import { MediaUnusable } from "@cooly/engine/ports";
import type { Bytes } from "../bytes.ts";
import { createPeaks } from "../peaks.ts";

const PIECE_BYTES = 256 * 1024;
const CHUNKS_MAX = 1000;

const broken = (): MediaUnusable => new MediaUnusable("The file is not a WAV that can be read.");

interface Layout {
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
  readonly float: boolean;
  readonly from: number;
  readonly frames: number;
}

export interface Wave {
  readonly durationMs: number;
  /** Null for samples of another kind than whole or real numbers. */
  waveform(): Promise<string | null>;
}

export async function openWave(bytes: Bytes): Promise<Wave> {
  const layout = await layoutOf(bytes);
  const read = readerOf(layout);
  return {
    durationMs: Math.round((layout.frames / layout.rate) * 1000),
    waveform: async () => read && waveformOf(bytes, layout, read),
  };
}

async function layoutOf(bytes: Bytes): Promise<Layout> {
  let format: Omit<Layout, "from" | "frames"> | null = null;
  for (let [at, count] = [12, 0]; count < CHUNKS_MAX; count += 1) {
    const head = await bytes.read(at, 8 + 26);
    if (head.length < 8) throw broken();
    const name = head.toString("latin1", 0, 4);
    const size = head.readUInt32LE(4);
    if (at + 8 + size > bytes.size) throw new MediaUnusable("The file ends before what it says it holds.");
    if (name === "fmt ") format = formatOf(head.subarray(8, 8 + size));
    if (name === "data") {
      if (format === null) throw broken();
      const frames = Math.floor(size / ((format.bits / 8) * format.channels));
      return { ...format, from: at + 8, frames };
    }
    at += 8 + size + (size % 2);
  }
  throw broken();
}

const EXTENSIBLE = 0xfffe;

function formatOf(chunk: Buffer): Omit<Layout, "from" | "frames"> {
  if (chunk.length < 16) throw broken();
  const named = chunk.readUInt16LE(0);
  const tag = named === EXTENSIBLE && chunk.length >= 26 ? chunk.readUInt16LE(24) : named;
  const [channels, rate, bits] = [chunk.readUInt16LE(2), chunk.readUInt32LE(4), chunk.readUInt16LE(14)];
  if (channels < 1 || channels > 64 || rate < 1000 || rate > 768_000 || bits < 4 || bits > 64) throw broken();
  return { channels, rate, bits, float: tag === 3 };
}

type Read = (piece: Buffer, at: number) => number;

/** -1 to 1. */
function readerOf({ bits, float }: Layout): Read | null {
  if (float) return bits === 32 ? (piece, at) => piece.readFloatLE(at) : bits === 64 ? (piece, at) => piece.readDoubleLE(at) : null;
  switch (bits) {
    case 8:
      return (piece, at) => (piece[at]! - 128) / 128;
    case 16:
      return (piece, at) => piece.readInt16LE(at) / 32_768;
    case 24:
      return (piece, at) => piece.readIntLE(at, 3) / 8_388_608;
    case 32:
      return (piece, at) => piece.readInt32LE(at) / 2_147_483_648;
    default:
      return null;
  }
}

async function waveformOf(bytes: Bytes, { from, frames, channels, bits }: Layout, read: Read): Promise<string> {
  const step = bits / 8;
  const whole = Math.max(1, Math.floor(PIECE_BYTES / (step * channels))) * channels;
  const total = frames * channels;
  const peaks = createPeaks(total);
  for (let done = 0; done < total; done += whole) {
    const piece = await bytes.read(from + done * step, Math.min(whole, total - done) * step);
    for (let at = 0; at + step <= piece.length; at += step) peaks.add(done + at / step, Math.abs(read(piece, at)));
  }
  return peaks.text();
}
