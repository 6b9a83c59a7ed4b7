/** What FFmpeg is told. Everything that a file could decide by itself is decided here: its format, its decoders and what it may open. */
import type { Container } from "../container.ts";

/** Told and not found out: a playlist that begins like a film is never followed. */
const demuxers: Readonly<Record<Container, string>> = {
  mp4: "mov",
  mov: "mov",
  webm: "matroska",
  wav: "wav",
  mp3: "mp3",
  ogg: "ogg",
  flac: "flac",
};

/** What is made today, under the names that builds have for it. FFmpeg has hundreds more, and most of its holes are in those. */
const DECODERS = [
  ["h264", "hevc", "prores", "vp8", "libvpx", "vp9", "libvpx-vp9", "libdav1d", "libgav1", "libaom-av1", "av1"],
  ["aac", "libfdk_aac", "alac", "flac", "mp3float", "mp3", "opus", "libopus", "vorbis", "libvorbis", "adpcm_ms", "adpcm_ima_wav"],
  ["pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"],
].flat();

// 4096 by 4096, as for our own decoder.
const PIXELS_MAX = 4096 * 4096;
const BLOCK_BYTES_MAX = 256 * 1024 * 1024;
/** Of the processor: it ends by itself even where nobody is left to end it. */
const PROCESSOR_SECONDS = 10;

export interface Clip {
  readonly path: string;
  readonly container: Container;
}

const opening = ({ path, container }: Clip): string[] =>
  [
    ["-hide_banner", "-nostdin", "-loglevel", "error"],
    ["-max_alloc", String(BLOCK_BYTES_MAX), "-timelimit", String(PROCESSOR_SECONDS)],
    ["-protocol_whitelist", "file,pipe", "-codec_whitelist", DECODERS.join(","), "-max_pixels", String(PIXELS_MAX)],
    ["-threads", "1", "-f", demuxers[container], "-i", `file:${path}`],
  ].flat();

/** What comes out: upright, with square pixels. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** How colours are meant in the film: by itself it takes what says nothing for an old one. */
  readonly matrix: string;
}

/** Red, green and blue of the first picture. What a cover is besides is none. */
export const wordsForPicture = (clip: Clip, { width, height, matrix }: Picture): string[] =>
  [
    opening(clip),
    ["-map", "0:V:0", "-an", "-sn", "-dn", "-frames:v", "1", "-threads", "1"],
    ["-vf", `scale=${width}:${height}${matrix === "bt709" ? ":in_color_matrix=bt709" : ""}`],
    ["-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"],
  ].flat();

export const SAMPLE_RATE = 8000;

/** Whole numbers of 16 bits, of one channel. */
export const wordsForSound = (clip: Clip): string[] =>
  [opening(clip), ["-map", "0:a:0", "-vn", "-sn", "-dn", "-threads", "1"], ["-ac", "1", "-ar", String(SAMPLE_RATE), "-f", "s16le", "pipe:1"]].flat();
