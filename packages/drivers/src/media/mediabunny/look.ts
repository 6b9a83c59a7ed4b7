/** What a film or a sound is, from its container; then, where there is a decoder, how it looks or sounds. */
import { open } from "node:fs/promises";
import {
  BufferSource,
  EncodedPacketSink,
  FilePathSource,
  FLAC,
  Input,
  MP3,
  MP4,
  OGG,
  QTFF,
  WEBM,
  type InputFormat,
  type InputTrack,
  type InputVideoTrack,
} from "mediabunny";
import { MediaUnusable, type InspectedAudio, type InspectedVideo, type MediaSource } from "@cooly/engine/ports";
import { bytesOf, bytesOfFile, type Bytes } from "../bytes.ts";
import { containerOf, HEAD_BYTES, insistOnWhole, type Container } from "../container.ts";
import { firstFrame, type Frame } from "./first-frame.ts";
import { mp3Waveform } from "./mp3-waveform.ts";
import { openWave } from "./wave.ts";

const SIDE_MAX = 16_384;
const SECONDS_MAX = 30 * 60;
// How far what the head says may lie from what the packets say: rounding, and silence that encoders add.
const APART_SECONDS = 1.5;
const APART_SHARE = 0.05;

type Packed = Exclude<Container, "wav">;

const formats: Readonly<Record<Packed, InputFormat>> = { mp4: MP4, mov: QTFF, webm: WEBM, mp3: MP3, ogg: OGG, flac: FLAC };
const videoMimes: Partial<Record<Packed, InspectedVideo["mime"]>> = { mp4: "video/mp4", mov: "video/quicktime", webm: "video/webm" };
const audioMimes: Partial<Record<Packed, InspectedAudio["mime"]>> = {
  mp4: "audio/mp4",
  webm: "audio/webm",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  flac: "audio/flac",
};

/** What takes a decoder. */
export interface Decoded {
  readonly frame?: Frame | null;
  /** Of a film whose frame is null: what it says itself of how its colours are meant. */
  readonly matrix?: VideoColorSpaceInit["matrix"];
  readonly waveform?: string | null;
}

/** Tells what it is before anything of it is decoded. */
type Tell = (seen: InspectedVideo | InspectedAudio) => void;

export async function look(source: MediaSource, tell: Tell): Promise<Decoded> {
  if (source instanceof Uint8Array) return lookAt(bytesOf(source), () => new BufferSource(source), tell);
  const file = await open(source.path, "r");
  try {
    return await lookAt(await bytesOfFile(file), () => new FilePathSource(source.path), tell);
  } finally {
    await file.close();
  }
}

async function lookAt(bytes: Bytes, openSource: () => BufferSource | FilePathSource, tell: Tell): Promise<Decoded> {
  const container = containerOf(await bytes.read(0, HEAD_BYTES));
  if (container === null) throw new MediaUnusable("The result is neither a film nor a sound that is known.");
  if (container === "wav") return lookAtWave(bytes, tell);
  await insistOnWhole(container, bytes);
  const input = new Input({ source: openSource(), formats: [formats[container]] });
  try {
    return await lookInside(input, container, tell);
  } finally {
    input.dispose();
  }
}

async function lookAtWave(bytes: Bytes, tell: Tell): Promise<Decoded> {
  const wave = await openWave(bytes);
  tell(audio("audio/wav", wave.durationMs));
  return { waveform: await wave.waveform() };
}

async function lookInside(input: Input, container: Packed, tell: Tell): Promise<Decoded> {
  const [picture, sound] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  const track = picture ?? sound;
  if (!track) throw new MediaUnusable("There is neither a picture nor a sound in the file.");
  const durationMs = Math.round((await secondsOf(input, track, container)) * 1000);
  const mime = picture ? videoMimes[container] : audioMimes[container];
  if (!mime) throw new MediaUnusable(`A ${picture ? "film" : "sound"} in this kind of file is not taken.`);
  if (picture) {
    tell(await film(picture, mime as InspectedVideo["mime"], durationMs));
    const frame = await firstFrame(picture);
    return { frame, ...(frame === null && { matrix: (await picture.getColorSpace()).matrix }) };
  }
  tell(audio(mime as InspectedAudio["mime"], durationMs));
  return container === "mp3" && sound ? { waveform: await mp3Waveform(sound, durationMs) } : {};
}

async function film(track: InputVideoTrack, mime: InspectedVideo["mime"], durationMs: number): Promise<InspectedVideo> {
  const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  if (!isSide(width) || !isSide(height)) throw new MediaUnusable(`A film cannot measure ${width} by ${height} pixels.`);
  return { kind: "video", mime, width, height, durationMs: checked(durationMs), thumbnail: null, thumbhash: null };
}

const isSide = (pixels: number): boolean => Number.isInteger(pixels) && pixels >= 1 && pixels <= SIDE_MAX;

function audio(mime: InspectedAudio["mime"], durationMs: number): InspectedAudio {
  return { kind: "audio", mime, width: null, height: null, durationMs: checked(durationMs), thumbnail: null, thumbhash: null, waveform: null };
}

function checked(durationMs: number): number {
  if (!(durationMs > 0)) throw new MediaUnusable("The file lasts no time at all.");
  if (durationMs > SECONDS_MAX * 1000) throw new MediaUnusable(`The file lasts longer than the ${SECONDS_MAX / 60} minutes that are allowed.`);
  return durationMs;
}

/** By the packets; a head that says something else is not believed, and neither is the file. */
async function secondsOf(input: Input, track: InputTrack, container: Packed): Promise<number> {
  const said = await input.getDurationFromMetadata();
  if (said !== null && said > SECONDS_MAX) return checked(said * 1000) / 1000;
  const seconds = await input.computeDuration();
  // Their bytes are read, so that they have to be there.
  const sink = new EncodedPacketSink(track);
  for (const packet of [await sink.getFirstPacket(), await sink.getPacket(Infinity)])
    if (!packet || packet.data.length === 0) throw new MediaUnusable("There is nothing in the file that could be played.");
  if (said !== null && Math.abs(said - seconds) > Math.max(APART_SECONDS, seconds * APART_SHARE))
    throw new MediaUnusable(`The file says that it lasts ${said.toFixed(1)} s, and holds ${seconds.toFixed(1)} s.`);
  // It counts samples, to the last one.
  return container === "flac" ? (said ?? seconds) : seconds;
}
