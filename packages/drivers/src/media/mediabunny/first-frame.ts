/** The picture that a film begins with, where it is H.264 of the baseline profile; other profiles and codecs have no decoder here. */
import { H264Decoder } from "h264decoder";
import { EncodedPacketSink, type InputVideoTrack } from "mediabunny";
import { toColours } from "./colours.ts";

const BASELINE = 66;
// As many as the decoder has room for: of what is longer it would write over its own memory.
const PART_BYTES_MAX = 1024 * 1024 - 4;
const SIDE_MAX = 4096;

/** As it lies in the file: pixels may be oblong, and the picture turned. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly pixels: Uint8Array;
  /** How far it is to be turned to be upright, clockwise. */
  readonly turn: 0 | 90 | 180 | 270;
  /** How large it is to be shown. */
  readonly shown: { readonly width: number; readonly height: number };
}

/** Null: nothing here can decode it. */
export async function firstFrame(track: InputVideoTrack): Promise<Frame | null> {
  const config = await track.getDecoderConfig();
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  if ((await track.getCodec()) !== "avc" || !config?.description || (await track.getFlip())) return null;
  if (width > SIDE_MAX || height > SIDE_MAX) return null;
  const sets = parameterSets(bufferOf(config.description));
  const packet = await new EncodedPacketSink(track).getFirstKeyPacket();
  const parts = packet && sets && split(Buffer.from(packet.data));
  if (!parts) return null;
  const decoded = decode([...sets, ...parts]);
  if (!decoded || decoded.width < width || decoded.height < height) return null;
  return {
    width,
    height,
    pixels: toColours({ planes: decoded.pic, stride: decoded.width, rows: decoded.height, width, height, space: await track.getColorSpace() }),
    turn: await track.getRotation(),
    shown: { width: await track.getDisplayWidth(), height: await track.getDisplayHeight() },
  };
}

const bufferOf = (bytes: NonNullable<VideoDecoderConfig["description"]>): Buffer =>
  ArrayBuffer.isView(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.from(bytes);

/** What every picture of the film is decoded by; null if it is of another profile than the decoder's. */
function parameterSets(description: Buffer): Buffer[] | null {
  const sets: Buffer[] = [];
  let at = 5;
  for (const countMask of [0x1f, 0xff]) {
    const count = (description[at] ?? 0) & countMask;
    at += 1;
    for (let index = 0; index < count; index += 1) {
      if (at + 2 > description.length) return null;
      const size = description.readUInt16BE(at);
      sets.push(description.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  }
  const [first] = sets;
  return first?.[1] === BASELINE ? sets : null;
}

/** A packet is parts, each after its size. */
function split(packet: Buffer): Buffer[] | null {
  const parts: Buffer[] = [];
  for (let at = 0; at < packet.length;) {
    if (at + 4 > packet.length) return null;
    const size = packet.readUInt32BE(at);
    if (size === 0 || size > PART_BYTES_MAX || at + 4 + size > packet.length) return null;
    parts.push(packet.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return parts;
}

const START = Buffer.from([0, 0, 0, 1]);

function decode(parts: readonly Buffer[]): H264Decoder | null {
  const decoder = new H264Decoder();
  let ready = false;
  for (const part of parts) ready = decoder.decode(Buffer.concat([START, part])) === H264Decoder.PIC_RDY || ready;
  return ready && decoder.pic.length > 0 ? decoder : null;
}
