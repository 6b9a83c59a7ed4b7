/** Pictures that no program writes, made byte by byte. */
import { crc32 } from "node:zlib";
import sharp from "sharp";

const u32 = (value: number): Buffer => Buffer.from([(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
const little = (value: number, bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** at) & 255));

export const drawn = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: "#336699" } });

export const pngChunk = (type: string, content: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  return Buffer.concat([u32(content.length), body, u32(crc32(body))]);
};

/** A PNG whose header claims this size; its pixels are those of a small one. */
export async function pngOf(width: number, height: number): Promise<Buffer> {
  const bytes = await drawn(8, 8).png().toBuffer();
  const header = Buffer.concat([u32(width), u32(height), bytes.subarray(24, 29)]);
  return Buffer.concat([bytes.subarray(0, 8), pngChunk("IHDR", header), bytes.subarray(33)]);
}

export async function jpegOf(width: number, height: number): Promise<Buffer> {
  const bytes = await drawn(8, 8).jpeg().toBuffer();
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  return bytes;
}

export async function gifOf(width: number, height: number): Promise<Buffer> {
  const bytes = await drawn(8, 8).gif().toBuffer();
  // The screen, and the frame on it: of a screen that is larger than its frames the frames count.
  const frame = bytes.lastIndexOf(Buffer.from([0x2c, 0, 0, 0, 0, 8, 0, 8, 0]));
  for (const at of [6, frame + 5]) {
    bytes.writeUInt16LE(width, at);
    bytes.writeUInt16LE(height, at + 2);
  }
  return bytes;
}

export async function avifOf(width: number, height: number): Promise<Buffer> {
  const bytes = await drawn(64, 64).avif().toBuffer();
  const extent = bytes.indexOf("ispe");
  u32(width).copy(bytes, extent + 8);
  u32(height).copy(bytes, extent + 12);
  return bytes;
}

/** A picture of 1x1 in so many frames. */
export function gifInFrames(frames: number): Buffer {
  const head = Buffer.concat([Buffer.from("GIF89a", "latin1"), Buffer.from([1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255])]);
  const frame = Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from([0x3b])]);
}

export async function webpInFrames(frames: number): Promise<Buffer> {
  const still = await drawn(1, 1).webp({ lossless: true }).toBuffer();
  const chunk = (type: string, content: Buffer): Buffer => {
    const filled = content.length % 2 === 0 ? content : Buffer.concat([content, Buffer.alloc(1)]);
    return Buffer.concat([Buffer.from(type, "latin1"), little(content.length, 4), filled]);
  };
  const extended = chunk("VP8X", Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  const loop = chunk("ANIM", Buffer.alloc(6));
  // Where it lies, its size less one, how long it stays; then the picture as a file would hold it.
  const place = Buffer.concat([Buffer.alloc(12), little(10, 3), Buffer.from([0])]);
  const frame = chunk("ANMF", Buffer.concat([place, still.subarray(12)]));
  const body = Buffer.concat([Buffer.from("WEBP", "latin1"), extended, loop, ...Array.from({ length: frames }, () => frame)]);
  return Buffer.concat([Buffer.from("RIFF", "latin1"), little(body.length, 4), body]);
}

export async function apngInFrames(frames: number): Promise<Buffer> {
  const bytes = await drawn(1, 1).png().toBuffer();
  const content = bytes.indexOf("IDAT") - 4;
  const picture = bytes.subarray(content + 8, content + 8 + bytes.readUInt32BE(content));
  const control = (at: number): Buffer => pngChunk("fcTL", Buffer.concat([u32(at), u32(1), u32(1), u32(0), u32(0), Buffer.from([0, 1, 0, 10, 0, 0])]));
  const later = Array.from({ length: frames - 1 }, (_, at) => [control(at * 2 + 1), pngChunk("fdAT", Buffer.concat([u32(at * 2 + 2), picture]))]);
  const first = [bytes.subarray(0, content), pngChunk("acTL", Buffer.concat([u32(frames), u32(0)])), control(0), pngChunk("IDAT", picture)];
  return Buffer.concat([...first, ...later.flat(), pngChunk("IEND", Buffer.alloc(0))]);
}
