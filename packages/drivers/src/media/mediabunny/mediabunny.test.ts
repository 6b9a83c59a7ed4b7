import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  FilePathTarget,
  MovOutputFormat,
  Mp3OutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  WebMOutputFormat,
  type AudioCodec,
  type OutputFormat,
  type Target,
  type VideoCodec,
} from "mediabunny";
import { expect, test } from "vitest";
import { MediaUnusable } from "@cooly/engine/ports";
import { createMediaInspector } from "../by-kind.ts";
import { createPlayableInspector } from "./index.ts";

const inspector = createMediaInspector();

/** It begins again after 256 bytes. */
const noise = (size: number, seed: number): Uint8Array =>
  Buffer.alloc(
    size,
    Uint8Array.from({ length: 256 }, (_, at) => (at * 31 + seed * 7) & 0xff),
  );

interface Track {
  readonly format: OutputFormat;
  readonly seconds: number;
}

/** Nothing here can be decoded: what a container says is what is read. */
async function film(track: Film): Promise<Buffer> {
  const target = new BufferTarget();
  await writeFilm(track, target);
  return Buffer.from(target.buffer!);
}

interface Film extends Track {
  readonly codec: VideoCodec;
  readonly width?: number;
  readonly height?: number;
  readonly packetBytes?: number;
}

async function writeFilm({ format, codec, seconds, width = 320, height = 180, packetBytes = 200 }: Film, target: Target): Promise<void> {
  const output = new Output({ format, target });
  const source = new EncodedVideoPacketSource(codec);
  output.addVideoTrack(source, { frameRate: 10, maximumPacketCount: seconds * 10 });
  await output.start();
  const description = Uint8Array.from([1, 66, 0, 31, 255, 225, 0, 9, 103, 66, 0, 31, 166, 128, 80, 5, 185, 1, 0, 4, 104, 206, 11, 200]);
  const config = codec === "avc" ? { codec: "avc1.42001f", description } : { codec: "vp8" };
  for (let frame = 0; frame < seconds * 10; frame += 1) {
    const packet = new EncodedPacket(noise(packetBytes, frame), frame === 0 ? "key" : "delta", frame / 10, 0.1);
    await source.add(packet, { decoderConfig: { ...config, codedWidth: width, codedHeight: height } });
  }
  await output.finalize();
}

async function sound({
  format,
  codec,
  seconds,
  step,
  packet,
}: Track & { codec: AudioCodec; step: number; packet: (at: number) => Uint8Array }): Promise<Buffer> {
  const output = new Output({ format, target: new BufferTarget() });
  const source = new EncodedAudioPacketSource(codec);
  output.addAudioTrack(source);
  await output.start();
  const description = codec === "opus" ? { description: Uint8Array.from([...Buffer.from("OpusHead"), 1, 1, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0]) } : {};
  for (let at = 0; at * step < seconds - 1e-6; at += 1) {
    const decoderConfig = { codec: codec === "mp3" ? "mp3" : codec, sampleRate: 48_000, numberOfChannels: 1, ...description };
    await source.add(new EncodedPacket(packet(at), "key", at * step, step), { decoderConfig });
  }
  await output.finalize();
  return Buffer.from(output.target.buffer!);
}

function streamInfo(seconds: number): Uint8Array {
  const info = Buffer.alloc(42);
  info.write("fLaC", 0, "latin1");
  info.writeUInt32BE(0x80000022, 4);
  info.writeUInt16BE(4096, 8);
  info.writeUInt16BE(4096, 10);
  info.writeBigUInt64BE((48_000n << 44n) | (15n << 36n) | BigInt(Math.round(48_000 * seconds)), 18);
  return info;
}

function checksum(bytes: Uint8Array, polynomial: number, bits: number): number {
  const [high, all] = [1 << (bits - 1), 2 ** bits - 1];
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << (bits - 8);
    for (let bit = 0; bit < 8; bit += 1) sum = ((sum << 1) ^ (sum & high ? polynomial : 0)) & all;
  }
  return sum;
}

/** Frames of 4096 samples, all of them the same. */
function flacOf(frames: number): Buffer {
  const made = Array.from({ length: frames }, (_, at) => {
    const head = Buffer.from([0xff, 0xf8, 0xca, 0x08, at]);
    const body = Buffer.concat([head, Buffer.from([checksum(head, 0x07, 8), 0x00, 0x01, at])]);
    const sum = checksum(body, 0x8005, 16);
    return Buffer.concat([body, Buffer.from([sum >> 8, sum & 0xff])]);
  });
  return Buffer.concat([streamInfo((frames * 4096) / 48_000), ...made]);
}

// MPEG-1 layer III, 128 kbit/s, 48 kHz, mono.
const mp3Frame = (at: number): Uint8Array => Uint8Array.from([0xff, 0xfb, 0x94, 0xc0, ...noise(380, at).map((value) => value & 0x7f)]);

function wave({ samples, rate = 8000, data = samples.length * 2 }: { samples: readonly number[]; rate?: number; data?: number }): Buffer {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  for (const [at, value] of [16, 0x10001, rate, rate * 2, 0x100002].entries()) bytes.writeUInt32LE(value, 16 + at * 4);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(data, 40);
  for (const [at, value] of samples.entries()) bytes.writeInt16LE(value, 44 + at * 2);
  return bytes;
}

const mp4 = await film({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), codec: "avc", seconds: 2 });
const indexLast = await film({ format: new Mp4OutputFormat({ fastStart: false }), codec: "avc", seconds: 2 });
const mov = await film({ format: new MovOutputFormat(), codec: "avc", seconds: 2, width: 180, height: 320 });
const webm = await film({ format: new WebMOutputFormat(), codec: "vp8", seconds: 3 });
const opus = await sound({ format: new OggOutputFormat(), codec: "opus", seconds: 2, step: 0.02, packet: (at) => Uint8Array.from([0x78, ...noise(40, at)]) });
const mp3 = await sound({ format: new Mp3OutputFormat(), codec: "mp3", seconds: 2.4, step: 0.024, packet: mp3Frame });
const talk = await sound({ format: new Mp4OutputFormat(), codec: "opus", seconds: 2, step: 0.02, packet: (at) => Uint8Array.from([0x78, ...noise(40, at)]) });
const ramp = wave({ samples: Array.from({ length: 16_000 }, (_, at) => (at % 2 === 0 ? 1 : -1) * Math.floor((at / 16_000) * 32_000)) });

test.each([
  ["MP4", mp4, { kind: "video", mime: "video/mp4", width: 320, height: 180, durationMs: 2000, thumbnail: null }],
  ["MP4 with its index last", indexLast, { kind: "video", mime: "video/mp4", durationMs: 2000 }],
  ["MOV", mov, { kind: "video", mime: "video/quicktime", width: 180, height: 320, durationMs: 2000 }],
  ["WebM", webm, { kind: "video", mime: "video/webm", width: 320, height: 180, durationMs: 3000, thumbnail: null, thumbhash: null }],
  ["Opus in Ogg", opus, { kind: "audio", mime: "audio/ogg", width: null, height: null, durationMs: 2000, waveform: null }],
  ["MP3", mp3, { kind: "audio", mime: "audio/mpeg", durationMs: 2400 }],
  ["sound alone in MP4", talk, { kind: "audio", mime: "audio/mp4", durationMs: 2000 }],
  ["FLAC", flacOf(90), { kind: "audio", mime: "audio/flac", durationMs: 7680, waveform: null }],
  ["WAV", ramp, { kind: "audio", mime: "audio/wav", durationMs: 2000 }],
])("%s is known by its bytes, in memory as in a file of any name", async (_name, bytes, wanted) => {
  const folder = await mkdtemp(join(tmpdir(), "cooly-media-"));
  try {
    const seen = await inspector.inspect(bytes);
    expect(seen).toMatchObject(wanted);
    const path = join(folder, "picture.png");
    await writeFile(path, bytes);
    expect(await inspector.inspect({ path })).toEqual(seen);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the peaks of a WAV rise with its loudness", async () => {
  const seen = await inspector.inspect(ramp);
  if (seen.kind !== "audio") throw new Error(seen.kind);
  const peaks = [...Buffer.from(seen.waveform!, "base64")];
  expect(peaks).toHaveLength(128);
  expect(peaks).toEqual(peaks.toSorted((a, b) => a - b));
  expect(peaks[0]).toBeLessThan(8);
  expect(peaks[127]).toBeGreaterThan(240);
});

/** A copy with `value` written over what follows each `name`. */
function changed(bytes: Buffer, name: string, [offset, ...values]: readonly [number, ...number[]]): Buffer {
  const copy = Buffer.from(bytes);
  let found = 0;
  for (let at = copy.indexOf(name); at >= 0; at = copy.indexOf(name, at + 4)) {
    for (const [index, value] of values.entries()) copy.writeUInt32BE(value, at + 4 + offset + index * 4);
    found += 1;
  }
  if (found === 0) throw new Error(`no ${name}`);
  return copy;
}

const mdat = mp4.indexOf("mdat") - 4;
const huge = Buffer.from(mp4);
huge.writeUInt32BE(0xffffffff, mdat);
const moov = Buffer.from(mp4);
moov.writeUInt32BE(0xfffffff0, mp4.indexOf("moov") - 4);
const noSize = changed(mp4, "tkhd", [76, 0, 0]);
noSize.writeUInt32BE(0, noSize.lastIndexOf("avc1") + 28);

test.each([
  ["an MP4 cut in the middle", mp4.subarray(0, mp4.length - 1500)],
  ["an MP4 of which only the head is there", mp4.subarray(0, 40)],
  ["an MP4 that says it holds 4 GB", huge],
  ["an MP4 whose index says it holds 4 GB", moov],
  ["an MP4 without an index", Buffer.concat([mp4.subarray(0, mp4.indexOf("moov") - 4), mp4.subarray(mdat)])],
  ["a film of 0 by 0 pixels", noSize],
  ["a film that says it lasts an hour", changed(changed(mp4, "mvhd", [16, 3600 * mp4.readUInt32BE(mp4.indexOf("mvhd") + 16)]), "mdhd", [16, 0x7fffffff])],
  ["a film whose table of times has four billion rows", changed(mp4, "stts", [4, 0xffffffff])],
  ["a film whose samples lie beyond its end", changed(mp4, "stco", [8, 0x7fffffff])],
  ["a WebM cut in the middle", webm.subarray(0, webm.length / 2)],
  ["a WebM of which only the head is there", webm.subarray(0, 60)],
  ["a Matroska that is no WebM", Buffer.from(webm.toString("latin1").replace("webm", "abcd"), "latin1")],
  ["an Ogg cut in the middle", opus.subarray(0, opus.length - 100)],
  ["a WAV cut in the middle", ramp.subarray(0, 20_000)],
  ["a WAV that says it holds 4 GB", wave({ samples: [1, 2, 3], data: 0xffffffff })],
  ["a WAV without samples", wave({ samples: [] })],
  ["a WAV of more than half an hour", wave({ samples: Array.from({ length: 2_000_000 }, () => 0), rate: 1000 })],
  ["a WAV with a rate of zero", wave({ samples: [1, 2, 3], rate: 0 })],
  ["an MP3 of which only a tag is there", Buffer.from("ID3\u0004\u0000\u0000\u0000\u0000\u0000\u0000", "latin1")],
  ["an MP3 whose tag says it is 256 MB", Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f, 0, 0])],
  ["a FLAC cut in the middle", flacOf(90).subarray(0, 42 + 11 * 40)],
  ["noise after the head of a FLAC", Buffer.concat([streamInfo(3600), noise(5000, 1)])],
  ["noise after the head of an Ogg", Buffer.concat([Buffer.from("OggS"), noise(5000, 1)])],
  ["noise after the head of an MP4", Buffer.concat([mp4.subarray(0, 28), noise(5000, 1)])],
  ["an AVIF", Buffer.concat([Buffer.from([0, 0, 0, 20]), Buffer.from("ftypavif"), noise(100, 1)])],
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("hello, I am a film.mp4")],
])("%s is refused with a sentence, at once", async (_name, bytes) => {
  const startedMs = performance.now();
  const refused: unknown = await inspector.inspect(bytes).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(MediaUnusable);
  expect((refused as Error).message).toMatch(/^[A-Z].*\.$/);
  expect(performance.now() - startedMs).toBeLessThan(5000);
});

test("what a refused film says of itself is in the sentence", async () => {
  await expect(inspector.inspect(noSize)).rejects.toThrow("A film cannot measure 0 by 0 pixels.");
  const hour = changed(mp4, "mvhd", [16, 3600 * mp4.readUInt32BE(mp4.indexOf("mvhd") + 16)]);
  await expect(inspector.inspect(changed(hour, "mdhd", [16, 0x7fffffff]))).rejects.toThrow(/lasts/);
});

test("a film that says it has four billion samples ends in an answer", async () => {
  const answer: unknown = await inspector.inspect(changed(mp4, "stsz", [4, 200, 0xffffffff])).catch((error: unknown) => error);
  if (answer instanceof Error) expect(answer).toBeInstanceOf(MediaUnusable);
});

test("bytes that were changed at random end in an answer, and memory does not grow", async () => {
  const before = process.memoryUsage.rss();
  for (const [index, whole] of [mp4, webm, opus, mp3, mov].entries())
    for (let round = 0; round < 30; round += 1) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 12; change += 1) {
        const at = (Math.imul(round * 12 + change + 1, 2_654_435_761) >>> (index + 3)) % Math.min(bytes.length, 1500);
        bytes[at] = Math.imul(round + change, 40_503) & 0xff;
      }
      const answer: unknown = await inspector.inspect(bytes).catch((error: unknown) => error);
      if (answer instanceof Error) expect(answer).toBeInstanceOf(MediaUnusable);
    }
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
});

test.each([
  ["first", "reserve"],
  ["last", false],
] as const)(
  "a hundred films of 200 MB whose index comes %s are looked at without being read",
  async (_place, fastStart) => {
    const folder = await mkdtemp(join(tmpdir(), "cooly-media-"));
    try {
      const path = join(folder, "film.mp4");
      const format = new Mp4OutputFormat({ fastStart });
      await writeFilm({ format, codec: "avc", seconds: 60, packetBytes: 350_000 }, new FilePathTarget(path));
      expect((await stat(path)).size).toBeGreaterThan(200_000_000);
      await inspector.inspect({ path });
      const before = process.memoryUsage.rss();
      const seen = await Promise.all(Array.from({ length: 100 }, () => inspector.inspect({ path })));
      expect(seen.every(({ durationMs }) => durationMs === 60_000)).toBe(true);
      expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  60_000,
);

test("what cannot be decoded in time is known all the same, and so is the next file", async () => {
  const hasty = createPlayableInspector({ decodingPatienceMs: 0 });
  const long = wave({ samples: Array.from({ length: 4_000_000 }, () => 9), rate: 8000 });
  expect(await hasty.inspect(long)).toMatchObject({ media: { durationMs: 500_000, waveform: null } });
  expect(await hasty.inspect(mp4)).toMatchObject({ media: { width: 320 }, frame: null });
});

test("what takes too long is given up, and the next file is read all the same", async () => {
  const hasty = createPlayableInspector({ patienceMs: 0 });
  await expect(hasty.inspect(mp4)).rejects.toThrow("The file takes too long to read.");
  expect(await createPlayableInspector().inspect(mp4)).toMatchObject({ media: { width: 320 } });
});

test("a file that cannot be opened says nothing about what is in it", async () => {
  const trouble: unknown = await createPlayableInspector()
    .inspect({ path: join(tmpdir(), "cooly-missing") })
    .catch((error: unknown) => error);
  expect(trouble).toBeInstanceOf(Error);
  expect(trouble).not.toBeInstanceOf(MediaUnusable);
});
