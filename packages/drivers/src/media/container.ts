/** Which container bytes are, by what they begin with, and whether it is whole: no part of it ends behind the end. */
import { MediaUnusable } from "@cooly/engine/ports";
import type { Bytes } from "./bytes.ts";

export const containers = ["mp4", "mov", "webm", "wav", "mp3", "ogg", "flac"] as const;
export type Container = (typeof containers)[number];

export const HEAD_BYTES = 64;
const PARTS_MAX = 500_000;

/** Null: none that is known. */
export function containerOf(head: Buffer): Container | null {
  const text = (from: number, to: number): string => head.toString("latin1", from, to);
  if (text(4, 8) === "ftyp") return text(8, 12) === "qt  " ? "mov" : /^(heic|heix|mif1|msf1|avif|avis)$/.test(text(8, 12)) ? null : "mp4";
  if (/^(moov|wide|mdat)$/.test(text(4, 8))) return "mov";
  if (head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3) return text(0, HEAD_BYTES).includes("webm") ? "webm" : null;
  if (text(0, 4) === "RIFF" && text(8, 12) === "WAVE") return "wav";
  if (text(0, 4) === "OggS") return "ogg";
  if (text(0, 4) === "fLaC") return "flac";
  if (text(0, 3) === "ID3" || isMp3Frame(head)) return "mp3";
  return null;
}

/** Layer III, and neither rate is one that does not exist. */
function isMp3Frame(head: Buffer): boolean {
  if (head.length < 4 || head[0] !== 0xff) return false;
  const [, second, third] = head as unknown as [number, number, number];
  return (second & 0xe6) === 0xe2 && (second & 0x18) !== 0x08 && third >> 4 !== 0 && third >> 4 !== 15 && (third & 0x0c) !== 0x0c;
}

const cutOff = (): MediaUnusable => new MediaUnusable("The file ends before what it says it holds.");

/** Throws where a part says that it reaches beyond the end, as in a file that was cut off or that lies. */
export async function insistOnWhole(container: Container, bytes: Bytes): Promise<void> {
  if (container === "mp4" || container === "mov") return walkBoxes(bytes);
  if (container === "webm") return lookAtSegment(bytes);
  if (container === "ogg") return walkPages(bytes);
}

async function walkBoxes(bytes: Bytes): Promise<void> {
  for (let [at, parts] = [0, 0]; at < bytes.size; parts += 1) {
    const head = await bytes.read(at, 16);
    if (head.length < 8 || parts > PARTS_MAX) throw cutOff();
    const told = head.readUInt32BE(0);
    // 1: the size follows as 64 bits; 0: up to the end.
    const size = told === 1 ? (head.length < 16 ? 0 : Number(head.readBigUInt64BE(8))) : told === 0 ? bytes.size - at : told;
    if (size < 8 || at + size > bytes.size) throw cutOff();
    at += size;
  }
}

async function lookAtSegment(bytes: Bytes): Promise<void> {
  const head = await bytes.read(0, 4096);
  const first = vintAt(head, 4);
  const at = first === null || first.value === null ? -1 : 4 + first.length + first.value;
  if (at < 0 || at + 5 > head.length || head.readUInt32BE(at) !== 0x18538067) throw new MediaUnusable("The file is not a WebM that can be read.");
  const segment = vintAt(head, at + 4);
  if (segment === null) throw cutOff();
  if (segment.value !== null && at + 4 + segment.length + segment.value > bytes.size) throw cutOff();
}

/** A number of EBML; its value is null where it is not known in advance. */
function vintAt(head: Buffer, at: number): { length: number; value: number | null } | null {
  const first = head[at];
  if (!first) return null;
  const length = Math.clz32(first) - 23;
  if (at + length > head.length) return null;
  let value = first & (0xff >> length);
  let open = value === 0xff >> length;
  for (let part = 1; part < length; part += 1) {
    value = value * 256 + head[at + part]!;
    open &&= head[at + part] === 0xff;
  }
  return { length, value: open ? null : value };
}

async function walkPages(bytes: Bytes): Promise<void> {
  for (let [at, parts] = [0, 0]; at < bytes.size; parts += 1) {
    const head = await bytes.read(at, 27 + 255);
    const count = head[26] ?? 256;
    if (head.toString("latin1", 0, 4) !== "OggS" || head.length < 27 + count || parts > PARTS_MAX) throw cutOff();
    at += 27 + count + head.subarray(27, 27 + count).reduce((sum, size) => sum + size, 0);
    if (at > bytes.size) throw cutOff();
  }
}
