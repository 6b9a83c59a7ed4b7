/** MP3: XMP is a PRIV frame of its ID3v2 tag, C2PA a GEOB frame. Source: id3.org, ID3v2.3 and 2.4; XMP specification part 3, 2.3.3; C2PA 2.2 appendix A. */
import type { ProvenanceFound } from "@cooly/engine/ports";
import type { Bytes } from "../bytes.ts";
import { c2pa, nowhere, saidIn } from "./found.ts";
import { sourceTypePacket } from "./xmp.ts";

const HEAD = 10;
const TAG_MAX = 4 * 1024 * 1024;

export async function readMp3(bytes: Bytes): Promise<ProvenanceFound> {
  const head = await bytes.read(0, HEAD);
  if (head.toString("latin1", 0, 3) !== "ID3")
    return { says: null, splices: [{ at: 0, skip: 0, bytes: Buffer.concat([tagHead(4, frameOf(4).length), frameOf(4)]) }] };
  const [version, flags, size] = [head[3]!, head[5]!, fromSafe(head)];
  if (size > TAG_MAX) return nowhere;
  const tag = await bytes.read(HEAD, size);
  if (tag.includes("c2pa")) return c2pa;
  const said = saidIn(tag.toString("latin1"));
  if (said) return said;
  // Whoever shifts bytes, or has a longer header, is not added to.
  if ((version !== 3 && version !== 4) || flags !== 0) return nowhere;
  return {
    says: null,
    splices: [{ at: 0, skip: HEAD, bytes: Buffer.concat([tagHead(version, size + frameOf(version).length), frameOf(version)]) }],
  };
}

function frameOf(version: 3 | 4): Buffer {
  const content = Buffer.from(`XMP\0${sourceTypePacket}`, "utf8");
  const size = Buffer.alloc(4);
  size.writeUInt32BE(version === 4 ? toSafe(content.length) : content.length);
  return Buffer.concat([Buffer.from("PRIV", "latin1"), size, Buffer.alloc(2), content]);
}

function tagHead(version: 3 | 4, size: number): Buffer {
  const head = Buffer.alloc(HEAD);
  head.write("ID3", 0, "latin1");
  head[3] = version;
  head.writeUInt32BE(toSafe(size), 6);
  return head;
}

/** Seven bits in each byte, so that no size looks like sound. */
const toSafe = (size: number): number => ((size & 0xfe00000) << 3) | ((size & 0x1fc000) << 2) | ((size & 0x3f80) << 1) | (size & 0x7f);
const fromSafe = (head: Buffer): number => (head[6]! << 21) | (head[7]! << 14) | (head[8]! << 7) | head[9]!;
