import { open } from "node:fs/promises";
import type { MediaSource } from "@cooly/engine/ports";
import { bufferOf } from "./head.ts";

const RIFF_BYTES = 12;
const CHUNK_BYTES = 8;

/** Whether a WebP holds more parts than this. Its decoder takes a time that grows with their square to say how many frames they are. */
export async function hasMoreChunks(source: MediaSource, max: number): Promise<boolean> {
  if (source instanceof Uint8Array) {
    const bytes = bufferOf(source);
    return walk(max, async (at) => bytes.subarray(at, at + CHUNK_BYTES));
  }
  await using file = await open(source.path, "r");
  return await walk(max, async (at) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    return buffer.subarray(0, bytesRead);
  });
}

async function walk(max: number, readAt: (at: number) => Promise<Buffer>): Promise<boolean> {
  let at = RIFF_BYTES;
  for (let chunks = 0; chunks <= max; chunks += 1) {
    const chunk = await readAt(at);
    if (chunk.length < CHUNK_BYTES) return false;
    const size = chunk.readUInt32LE(4);
    at += CHUNK_BYTES + size + (size % 2);
  }
  return true;
}
