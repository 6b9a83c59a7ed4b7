/** PNG: XMP is an iTXt chunk, C2PA a caBX chunk, both before the pixels. Source: PNG specification, third edition; C2PA 2.2 appendix A. */
import { crc32, inflateSync } from "node:zlib";
import type { ProvenanceFound } from "@cooly/engine/ports";
import type { Bytes } from "../bytes.ts";
import { c2pa, foundAt, nowhere } from "./found.ts";

const KEYWORD = "XML:com.adobe.xmp";
/** Behind the signature and IHDR. */
const FIRST = 33;
const CHUNKS_MAX = 1_000;
const TEXT_MAX = 1024 * 1024;

export async function readPng(bytes: Bytes): Promise<ProvenanceFound> {
  let xmp: { at: number; skip: number; packet: string } | null = null;
  for (let [at, nth] = [8, 0]; nth < CHUNKS_MAX; nth += 1) {
    const head = await bytes.read(at, 8);
    if (head.length < 8) return nowhere;
    const [length, type] = [head.readUInt32BE(0), head.toString("latin1", 4, 8)];
    if (type === "caBX") return c2pa;
    if (type === "IDAT") break;
    if ((type === "iTXt" || type === "zTXt") && length <= TEXT_MAX) {
      const packet = packetIn(type, await bytes.read(at + 8, length));
      if (packet !== null) xmp = { at, skip: length + 12, packet };
    }
    at += length + 12;
  }
  const { at, skip, packet } = xmp ?? { at: FIRST, skip: 0, packet: null };
  return foundAt({ packet, put: (wanted) => [{ at, skip, bytes: chunkOf(wanted) }] });
}

/** Null where the text is another. Many write it packed, and some by the older chunk. */
function packetIn(type: "iTXt" | "zTXt", text: Buffer): string | null {
  if (text.toString("latin1", 0, KEYWORD.length + 1) !== `${KEYWORD}\0`) return null;
  if (type === "zTXt") return unpacked(text.subarray(KEYWORD.length + 2));
  const isPacked = text[KEYWORD.length + 1] === 1;
  const language = text.indexOf(0, KEYWORD.length + 3);
  const translated = text.indexOf(0, language + 1);
  if (language < 0 || translated < 0) return null;
  const packet = text.subarray(translated + 1);
  return isPacked ? unpacked(packet) : packet.toString("utf8");
}

function unpacked(packet: Buffer): string | null {
  try {
    return inflateSync(packet, { maxOutputLength: TEXT_MAX }).toString("utf8");
  } catch {
    return null;
  }
}

function chunkOf(packet: string): Buffer {
  const body = Buffer.from(`iTXt${KEYWORD}\0\0\0\0\0${packet}`, "utf8");
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
