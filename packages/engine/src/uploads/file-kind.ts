import type { UploadPurpose } from "@cooly/contract";

/** What a file is by its first bytes; null if it is nothing that is taken. Whether it is whole is for whoever decodes it. */
export function fileKindOf(head: Uint8Array): FileKind | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES)).toString("latin1");
  return kinds.find(([, begins]) => begins(text))?.[0] ?? null;
}

export const HEAD_BYTES = 4096;

const startsWith =
  (...words: readonly string[]) =>
  (text: string): boolean =>
    words.some((word) => text.startsWith(word));
const riff =
  (form: string) =>
  (text: string): boolean =>
    text.startsWith("RIFF") && text.startsWith(form, 8);
/** The brands of an ISO container, in whichever place. */
const brand =
  (...brands: readonly string[]) =>
  (text: string): boolean => {
    if (!text.startsWith("ftyp", 4)) return false;
    const end = Math.min(Buffer.from(text.slice(0, 4), "latin1").readUInt32BE(0), text.length);
    for (let at = 8; at + 4 <= end; at += 4) if (brands.includes(text.slice(at, at + 4))) return true;
    return false;
  };
// A frame of MPEG audio layer III: eleven bits set, a version, a layer, a bit rate and a sample rate that exist.
const isMp3Frame = (text: string): boolean => {
  const [first, second, third] = [text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2)];
  return first === 0xff && [0xe2, 0xe3, 0xf2, 0xf3, 0xfa, 0xfb].includes(second) && third >> 4 !== 15 && (third & 12) !== 12;
};

const kinds = [
  ["image/png", startsWith("\x89PNG\r\n\x1a\n")],
  ["image/jpeg", startsWith("\xff\xd8\xff")],
  ["image/webp", riff("WEBP")],
  ["image/gif", startsWith("GIF87a", "GIF89a")],
  ["image/avif", brand("avif")],
  ["audio/wav", riff("WAVE")],
  ["audio/ogg", startsWith("OggS")],
  ["audio/flac", startsWith("fLaC")],
  ["audio/mp4", brand("M4A ", "M4B ")],
  ["audio/mpeg", (text: string) => text.startsWith("ID3") || isMp3Frame(text)],
] as const satisfies readonly (readonly [string, (text: string) => boolean])[];

export type FileKind = (typeof kinds)[number][0];

const isAudio = (kind: string): boolean => kind.startsWith("audio/");

/** Whether a file of this kind can serve for that. */
export const serves = (kind: FileKind, purpose: UploadPurpose): boolean => isAudio(kind) === (purpose === "audio");

/** The types that a file may be announced with. */
export const announcedKinds = (purpose: UploadPurpose): readonly string[] => [
  ...kinds.map(([kind]) => kind).filter((kind) => serves(kind, purpose)),
  ...(purpose === "audio" ? ["audio/x-wav", "audio/wave", "audio/mp3", "audio/x-m4a", "audio/m4a", "audio/opus", "audio/x-flac"] : ["image/jpg"]),
];
