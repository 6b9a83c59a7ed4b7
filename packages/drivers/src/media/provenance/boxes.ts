/** MP4 and QuickTime: XMP and C2PA are boxes of the type uuid. Source: ISO/IEC 14496-12; XMP specification part 3, 2.4.2; C2PA 2.2 appendix A. */
import type { ProvenanceFound } from "@cooly/engine/ports";
import type { Bytes } from "../bytes.ts";
import { c2pa, foundAt, nowhere } from "./found.ts";

const XMP = Buffer.from("be7acfcb97a942e89c71999491e3afac", "hex");
const C2PA = Buffer.from("d8fec3d61b0e483c92975828877ec481", "hex");
const BOXES_MAX = 100_000;
const PACKET_MAX = 1024 * 1024;
const HEAD = 24;

export async function readBoxes(bytes: Bytes): Promise<ProvenanceFound> {
  let xmp: { at: number; skip: number; packet: string } | null = null;
  // An index at the end of a film in fragments stays the last.
  let end = bytes.size;
  for (let [at, nth] = [0, 0]; at < bytes.size; nth += 1) {
    const head = await bytes.read(at, 40);
    if (head.length < 8 || nth === BOXES_MAX) return nowhere;
    const [told, type] = [head.readUInt32BE(0), head.toString("latin1", 4, 8)];
    // Up to the end, whatever that is: nothing can be put behind it.
    if (told === 0) return nowhere;
    const size = told === 1 && head.length >= 16 ? Number(head.readBigUInt64BE(8)) : told;
    if (size < 8 || at + size > bytes.size) return nowhere;
    if (type === "uuid") {
      const id = head.subarray(told === 1 ? 16 : 8, told === 1 ? 32 : 24);
      if (id.equals(C2PA)) return c2pa;
      if (id.equals(XMP) && told !== 1 && size <= PACKET_MAX) xmp = { at, skip: size, packet: (await bytes.read(at + HEAD, size - HEAD)).toString("utf8") };
    }
    if (type === "mfra" && at + size === bytes.size) end = at;
    at += size;
  }
  // What lies before the media must not change its length, as the film's own tables count from the beginning.
  const { at, skip, packet } = xmp && xmp.at + xmp.skip === end ? xmp : { at: end, skip: 0, packet: xmp?.packet ?? null };
  if (xmp && skip === 0) return foundAt({ packet, put: () => null });
  return foundAt({ packet, put: (wanted) => [{ at, skip, bytes: boxOf(Buffer.from(wanted, "utf8")) }] });
}

function boxOf(packet: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(HEAD + packet.length);
  head.write("uuid", 4, "latin1");
  return Buffer.concat([head, XMP, packet]);
}
