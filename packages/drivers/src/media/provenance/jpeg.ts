/** JPEG: XMP is an APP1 segment, C2PA lies in APP11 segments. Source: XMP specification part 3, 1.1.3; C2PA 2.2 appendix A. */
import type { ProvenanceFound } from "@cooly/engine/ports";
import type { Bytes } from "../bytes.ts";
import { c2pa, foundAt, nowhere } from "./found.ts";

const NAME = "http://ns.adobe.com/xap/1.0/\0";
const SEGMENT_MAX = 65_533;
const SEGMENTS_MAX = 500;
const [START_OF_SCAN, END, APP0, APP1, APP11] = [0xda, 0xd9, 0xe0, 0xe1, 0xeb];

export async function readJpeg(bytes: Bytes): Promise<ProvenanceFound> {
  let xmp: { at: number; skip: number; packet: string } | null = null;
  // JFIF's own segment stays the first.
  let first = 2;
  for (let [at, nth] = [2, 0]; nth < SEGMENTS_MAX; nth += 1) {
    const head = await bytes.read(at, 4);
    if (head.length < 4 || head[0] !== 0xff) return nowhere;
    const [marker, length] = [head[1]!, head.readUInt16BE(2)];
    if (marker === START_OF_SCAN || marker === END) break;
    if (length < 2) return nowhere;
    if (marker === APP0 && at === 2) first = at + 2 + length;
    if (marker === APP11 && (await bytes.read(at + 4, length - 2)).includes("c2pa")) return c2pa;
    if (marker === APP1) {
      const segment = await bytes.read(at + 4, length - 2);
      if (segment.toString("latin1", 0, NAME.length) === NAME) xmp = { at, skip: 2 + length, packet: segment.toString("utf8", NAME.length) };
    }
    at += 2 + length;
  }
  const { at, skip, packet } = xmp ?? { at: first, skip: 0, packet: null };
  return foundAt({
    packet,
    put(wanted) {
      const body = Buffer.from(NAME + wanted, "utf8");
      if (body.length > SEGMENT_MAX) return null;
      const head = Buffer.from([0xff, APP1, 0, 0]);
      head.writeUInt16BE(body.length + 2, 2);
      return [{ at, skip, bytes: Buffer.concat([head, body]) }];
    },
  });
}
