import { open } from "node:fs/promises";
import type { Provenance, ProvenanceFound } from "@cooly/engine/ports";
import { bytesOf, bytesOfFile, type Bytes } from "../bytes.ts";
import { readBoxes } from "./boxes.ts";
import { nowhere } from "./found.ts";
import { readMp3 } from "./id3.ts";
import { readJpeg } from "./jpeg.ts";
import { readPng } from "./png.ts";
import { readWav, readWebp } from "./riff.ts";

/**
 * Of PNG, JPEG, WebP, MP4, QuickTime, WAV and MP3, without decoding or moving anything: what is added lies beside what was there.
 * `mark`: false where an installation adds nothing; default: true.
 */
export function createProvenance({ mark = true }: { readonly mark?: boolean } = {}): Provenance {
  const asked = ({ says, splices }: ProvenanceFound): ProvenanceFound => ({ says, splices: mark ? splices : null });
  return {
    async read(source) {
      if (source instanceof Uint8Array) return asked(await read(bytesOf(source)));
      await using file = await open(source.path);
      return asked(await read(await bytesOfFile(file)));
    },
  };
}

async function read(bytes: Bytes): Promise<ProvenanceFound> {
  const head = await bytes.read(0, 16);
  const text = (from: number, to: number): string => head.toString("latin1", from, to);
  if (text(1, 4) === "PNG") return readPng(bytes);
  if (head[0] === 0xff && head[1] === 0xd8) return readJpeg(bytes);
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return readWebp(bytes);
  if (text(0, 4) === "RIFF" && text(8, 12) === "WAVE") return readWav(bytes);
  if (text(4, 8) === "ftyp") return readBoxes(bytes);
  if (text(0, 3) === "ID3" || (head[0] === 0xff && (head[1]! & 0xe6) === 0xe2)) return readMp3(bytes);
  return nowhere;
}
