/** Frames to MP4 with H.264, with its index first, so that it plays while it loads. The same frames make the same bytes. */
import h264 from "h264-mp4-encoder";
import { BufferSource, BufferTarget, EncodedPacket, EncodedPacketSink, EncodedVideoPacketSource, Input, MP4, Mp4OutputFormat, Output } from "mediabunny";
import type { Frame } from "./compose.ts";

export const FRAMES_PER_SECOND = 24;
// 10 is best and 51 worst; a point more is about an eighth less of a file.
const QUANTIZER = 24;
// 0 is slowest and 10 fastest; slower than this is hardly smaller.
const SPEED = 5;

export interface Encoder {
  add(frame: Frame): void;
  finish(): Promise<Uint8Array>;
  /** Gives back what it holds. */
  end(): void;
}

export async function createEncoder({ width, height }: { readonly width: number; readonly height: number }): Promise<Encoder> {
  const encoder = await h264.createH264MP4Encoder();
  Object.assign(encoder, { width, height, frameRate: FRAMES_PER_SECOND, quantizationParameter: QUANTIZER, speed: SPEED, groupOfPictures: FRAMES_PER_SECOND });
  encoder.initialize();
  const planes = new Uint8Array((width * height * 3) / 2);
  return {
    add(frame) {
      toPlanes(frame, planes);
      encoder.addFrameYuv(planes);
    },
    async finish() {
      encoder.finalize();
      return indexFirst(encoder.FS.readFile(encoder.outputFilename));
    },
    end: () => encoder.delete(),
  };
}

/** RGB to Y, Cb and Cr by BT.709, as players take it for pictures of this size. */
function toPlanes({ width, height, pixels }: Frame, planes: Uint8Array): void {
  const size = width * height;
  const half = width / 2;
  for (let row = 0; row < height; row += 2)
    for (let column = 0; column < width; column += 2) {
      let [red, green, blue] = [0, 0, 0];
      for (let part = 0; part < 4; part += 1) {
        const at = (row + (part >> 1)) * width + column + (part & 1);
        const [r, g, b] = [pixels[at * 3]!, pixels[at * 3 + 1]!, pixels[at * 3 + 2]!];
        planes[at] = 16.5 + 0.182586 * r + 0.614231 * g + 0.062007 * b;
        red += r;
        green += g;
        blue += b;
      }
      const at = size + (row / 2) * half + column / 2;
      planes[at] = 128.5 - 0.0251605 * red - 0.0846425 * green + 0.109803 * blue;
      planes[at + size / 4] = 128.5 + 0.109803 * red - 0.0997335 * green - 0.0100697 * blue;
    }
}

/** The same packets in a file whose index comes first, and which says how its colours are meant. */
export async function indexFirst(file: Uint8Array): Promise<Uint8Array> {
  const input = new Input({ source: new BufferSource(file), formats: [MP4] });
  const track = await input.getPrimaryVideoTrack();
  const config = await track?.getDecoderConfig();
  if (!track || !config) throw new Error("the encoder wrote no film");
  const colorSpace = { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false } as const;
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target: new BufferTarget() });
  const source = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(source, { frameRate: FRAMES_PER_SECOND });
  await output.start();
  for await (const { data, timestamp, duration } of new EncodedPacketSink(track).packets()) {
    // The encoder's own file says of every frame that one can begin there, and whoever seeks in it sees nothing.
    const packet = new EncodedPacket(data, isKey(data) ? "key" : "delta", timestamp, duration);
    await source.add(packet, { decoderConfig: { ...config, colorSpace } });
  }
  await output.finalize();
  return undated(new Uint8Array(output.target.buffer!));
}

const IDR = 5;

/** Whether a packet, whose parts each come after their size, holds a picture that needs no other. */
function isKey(data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at + 5 <= data.length; at += 4 + view.getUint32(at)) if ((data[at + 4]! & 0x1f) === IDR) return true;
  return false;
}

const parents = new Set(["moov", "trak", "mdia"]);
const dated = new Set(["mvhd", "tkhd", "mdhd"]);

/** A file says when it was made, and would be another one every second. */
function undated(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const walk = (from: number, to: number): void => {
    for (let at = from; at + 8 <= to;) {
      const size = view.getUint32(at);
      const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
      if (size < 8) return;
      if (parents.has(name)) walk(at + 8, at + size);
      if (dated.has(name)) file.fill(0, at + 12, at + 12 + (view.getUint8(at + 8) === 1 ? 16 : 8));
      at += size;
    }
  };
  walk(0, file.length);
  return file;
}
