/** WebP and WAV: XMP and C2PA are chunks of their RIFF. Source: WebP container specification; XMP specification part 3, 2.3.2; C2PA 2.2 appendix A. */
import type { ProvenanceFound, Splice } from "@cooly/engine/ports";
import type { Bytes } from "../bytes.ts";
import { c2pa, foundAt, nowhere } from "./found.ts";

const CHUNKS_MAX = 1_000;
const PACKET_MAX = 1024 * 1024;
const [XMP_FLAG, ALPHA_FLAG] = [0x04, 0x10];

interface Chunk {
  readonly id: string;
  /** Of its header. */
  readonly at: number;
  /** Of its content. */
  readonly size: number;
}

const withPad = (size: number): number => size + (size % 2);

export const readWebp = (bytes: Bytes): Promise<ProvenanceFound> => readRiff(bytes, "XMP ");
export const readWav = (bytes: Bytes): Promise<ProvenanceFound> => readRiff(bytes, "_PMX");

async function readRiff(bytes: Bytes, id: "XMP " | "_PMX"): Promise<ProvenanceFound> {
  const told = (await bytes.read(4, 4)).readUInt32LE(0);
  const end = 8 + withPad(told);
  const chunks = end > bytes.size + 1 ? null : await chunksOf(bytes, 8 + told);
  if (!chunks) return nowhere;
  if (chunks.some((chunk) => chunk.id === "C2PA")) return c2pa;
  const there = chunks.find((chunk) => chunk.id === id);
  if (there && there.size > PACKET_MAX) return nowhere;
  const header = id === "XMP " ? await announce(bytes, chunks) : [];
  if (header === null) return nowhere;
  const packet = there ? (await bytes.read(there.at + 8, there.size)).toString("utf8") : null;
  const { at, skip } = there ? { at: there.at, skip: 8 + withPad(there.size) } : { at: Math.min(end, bytes.size), skip: 0 };
  // A file may lack its last byte of padding.
  const pad = !there && end > bytes.size ? Buffer.alloc(1) : Buffer.alloc(0);
  return foundAt({
    packet,
    put(wanted) {
      const rest: Splice[] = [...header, { at, skip, bytes: Buffer.concat([pad, chunkOf(id, Buffer.from(wanted, "utf8"))]) }];
      const more = rest.reduce((sum, splice) => sum + splice.bytes.length - splice.skip, 0);
      const size = Buffer.alloc(4);
      size.writeUInt32LE(withPad(told) + more - pad.length);
      return [{ at: 4, skip: 4, bytes: size }, ...rest];
    },
  });
}

/** Null where they do not fill it. */
async function chunksOf(bytes: Bytes, end: number): Promise<readonly Chunk[] | null> {
  const chunks: Chunk[] = [];
  for (let at = 12; at < end;) {
    const head = await bytes.read(at, 8);
    if (head.length < 8 || chunks.length === CHUNKS_MAX) return null;
    const [id, size] = [head.toString("latin1", 0, 4), head.readUInt32LE(4)];
    if (at + 8 + size > end) return null;
    chunks.push({ id, at, size });
    at += 8 + withPad(size);
  }
  return chunks;
}

function chunkOf(id: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 0, "latin1");
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

/** A WebP says in its header what other chunks it has, and a simple one has no header yet. Null where its picture cannot be read. */
async function announce(bytes: Bytes, chunks: readonly Chunk[]): Promise<readonly Splice[] | null> {
  const [first] = chunks;
  if (!first) return null;
  const content = await bytes.read(first.at + 8, 10);
  if (content.length < 10) return null;
  if (first.id === "VP8X") return [{ at: first.at + 8, skip: 1, bytes: Buffer.from([content[0]! | XMP_FLAG]) }];
  const seen = first.id === "VP8 " ? lossy(content) : first.id === "VP8L" ? lossless(content) : null;
  if (!seen) return null;
  const header = Buffer.alloc(10);
  header[0] = XMP_FLAG | (seen.alpha ? ALPHA_FLAG : 0);
  header.writeUIntLE(seen.width - 1, 4, 3);
  header.writeUIntLE(seen.height - 1, 7, 3);
  return [{ at: 12, skip: 0, bytes: chunkOf("VP8X", header) }];
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly alpha: boolean;
}

const lossy = (content: Buffer): Canvas => ({ width: content.readUInt16LE(6) & 0x3fff, height: content.readUInt16LE(8) & 0x3fff, alpha: false });

function lossless(content: Buffer): Canvas {
  const bits = content.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, alpha: ((bits >>> 28) & 1) === 1 };
}
