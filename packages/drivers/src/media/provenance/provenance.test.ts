import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { ProvenanceFound } from "@cooly/engine/ports";
import { growthOf, spliced } from "../../../../engine/src/generations/spliced.ts";
import { sharp } from "../sharp/loaders.ts";
import { createProvenance } from "./index.ts";

const provenance = createProvenance();
const WORD = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const SIZE = { width: 33, height: 21 };

async function apply(bytes: Uint8Array, { splices }: ProvenanceFound, pieceBytes = 7): Promise<Buffer> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const out: Buffer[] = [];
  for await (const piece of spliced(pieces(), splices!)) out.push(Buffer.from(piece));
  const marked = Buffer.concat(out);
  expect(marked.length).toBe(bytes.length + growthOf(splices!));
  return marked;
}

const picture = (alpha: boolean) => {
  const channels = alpha ? 4 : 3;
  const pixels = Buffer.from(Array.from({ length: SIZE.width * SIZE.height * channels }, (_, index) => (index * 37) % 256));
  return sharp(pixels, { raw: { ...SIZE, channels } });
};
const foreign =
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" note="kept"/></rdf:RDF></x:xmpmeta>';

const pictures: [string, () => Promise<Buffer>][] = [
  ["png", () => picture(true).png().toBuffer()],
  ["png with another packet", () => picture(false).png().withXmp(foreign).toBuffer()],
  ["jpeg", () => picture(false).jpeg().toBuffer()],
  [
    "jpeg with EXIF",
    () =>
      picture(false)
        .jpeg()
        .withExif({ IFD0: { Copyright: "kept" } })
        .toBuffer(),
  ],
  ["jpeg with another packet", () => picture(false).jpeg().withXmp(foreign).toBuffer()],
  ["webp, lossy", () => picture(false).webp().toBuffer()],
  ["webp, lossless", () => picture(false).webp({ lossless: true }).toBuffer()],
  ["webp, lossless and transparent", () => picture(true).webp({ lossless: true }).toBuffer()],
  ["webp, lossy and transparent", () => picture(true).webp().toBuffer()],
  ["webp with another packet", () => picture(false).webp().withXmp(foreign).toBuffer()],
];

test.each(pictures)("%s: it is said once, another reader reads it, and every pixel is as it was", async (name, make) => {
  const bytes = await make();
  const found = await provenance.read(bytes);
  expect(found.says).toBeNull();
  const marked = await apply(bytes, found);
  const { xmp, width, height } = await sharp(marked).metadata();
  expect({ width, height }).toEqual(SIZE);
  expect(xmp!.toString("utf8").split(WORD)).toHaveLength(2);
  if (name.includes("another packet")) expect(xmp!.toString("utf8")).toContain("kept");
  const pixels = async (of: Buffer): Promise<string> =>
    createHash("sha256")
      .update(await sharp(of).raw().toBuffer())
      .digest("hex");
  expect(await pixels(marked)).toBe(await pixels(bytes));
  expect(await provenance.read(marked)).toEqual({ says: "source_type", splices: null });
});

test.each([
  ["compositeWithTrainedAlgorithmicMedia", "source_type"],
  ["algorithmicMedia", "source_type"],
  ["digitalCapture", null],
])("a file that says %s itself is not contradicted", async (type, says) => {
  const packet = foreign.replace('note="kept"', `DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/${type}"`);
  expect(await provenance.read(await picture(false).png().withXmp(packet).toBuffer())).toEqual({ says, splices: null });
});

test("a file of the disk is read as one in memory is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cooly-provenance-"));
  const bytes = await picture(false).jpeg().toBuffer();
  await writeFile(join(folder, "one"), bytes);
  expect(await provenance.read({ path: join(folder, "one") })).toEqual(await provenance.read(bytes));
  await rm(folder, { recursive: true });
});

const box = (type: string, content: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, content]);
};
const ftyp = box("ftyp", Buffer.from("isom\0\0\0\0isommp42", "latin1"));
const film = Buffer.concat([ftyp, box("moov", Buffer.alloc(64)), box("mdat", Buffer.alloc(300, 7))]);

const chunk = (id: string, content: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.write(id, 0, "latin1");
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};
const riff = (form: string, ...chunks: Buffer[]): Buffer => {
  const content = Buffer.concat([Buffer.from(form, "latin1"), ...chunks]);
  const head = Buffer.alloc(8);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
};
const wave = riff("WAVE", chunk("fmt ", Buffer.alloc(16, 1)), chunk("data", Buffer.alloc(101, 3)));
const frames = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413)]);
const tagged = Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, 15]), Buffer.from("TIT2\0\0\0\x05\0\0\0kept", "latin1"), frames]);

test.each([
  ["mp4", film, "end"],
  ["wav", wave, "end"],
  ["mp3", frames, "start"],
  ["mp3 with a tag", tagged, "start"],
] as const)("%s: what was there is there, and the word beside it", async (_name, bytes, where) => {
  const marked = await apply(bytes, await provenance.read(bytes));
  expect(marked.toString("latin1").split(WORD)).toHaveLength(2);
  expect(await provenance.read(marked)).toEqual({ says: "source_type", splices: null });
  if (where === "start") expect(marked.subarray(-frames.length)).toEqual(frames);
  else expect(marked.subarray(bytes === wave ? 8 : 0, bytes.length)).toEqual(bytes.subarray(bytes === wave ? 8 : 0));
  if (bytes === wave) expect(marked.readUInt32LE(4)).toBe(marked.length - 8);
  if (bytes === tagged) expect(marked.toString("latin1")).toContain("TIT2\0\0\0\x05\0\0\0kept");
});

test("the index of a film in fragments stays its end", async () => {
  const mfra = box("mfra", Buffer.alloc(16));
  const marked = await apply(Buffer.concat([film, mfra]), await provenance.read(Buffer.concat([film, mfra])));
  expect(marked.subarray(-mfra.length)).toEqual(mfra);
});

const C2PA_BOX = box("uuid", Buffer.concat([Buffer.from("d8fec3d61b0e483c92975828877ec481", "hex"), Buffer.alloc(40)]));
const pngChunk = (type: string, content: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};
const within = (bytes: Buffer, at: number, more: Buffer): Buffer => Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
const app11 = Buffer.concat([Buffer.from([0xff, 0xeb, 0, 30]), Buffer.from("JP\0\0\0\0\0\0\0\0jumb\0\0\0\0jumdc2pa\0\0", "latin1")]);
const geob = Buffer.from("GEOB\0\0\0\x18\0\0application/c2pa\0\0\0\0\0\0\0\0", "latin1");

test.each<[string, () => Promise<Buffer>]>([
  ["png", async () => within(await picture(false).png().toBuffer(), 33, pngChunk("caBX", Buffer.alloc(20)))],
  ["jpeg", async () => within(await picture(false).jpeg().toBuffer(), 2, app11)],
  ["webp", async () => riff("WEBP", chunk("VP8X", Buffer.alloc(10)), chunk("VP8 ", Buffer.alloc(30)), chunk("C2PA", Buffer.alloc(9)))],
  ["wav", async () => riff("WAVE", chunk("fmt ", Buffer.alloc(16)), chunk("data", Buffer.alloc(8)), chunk("C2PA", Buffer.alloc(9)))],
  ["mp4", async () => Buffer.concat([ftyp, C2PA_BOX, film.subarray(ftyp.length)])],
  ["mp3", async () => Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, geob.length]), geob, frames])],
])("%s with C2PA is left as it is: a change would break what it proves", async (_name, make) => {
  expect(await provenance.read(await make())).toEqual({ says: "c2pa", splices: null });
});

test.each<[string, Buffer]>([
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("hello, this is no picture at all")],
  ["a png that is cut off", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex")],
  ["a jpeg that is cut off", Buffer.from("ffd8ffe000", "hex")],
  ["a riff that lies about its size", Buffer.from("RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0", "latin1")],
  ["a riff of nothing", Buffer.from("RIFF\0\0\0\0WEBP\0\0\0\0", "latin1")],
  ["a film whose last box has no end", Buffer.concat([ftyp, Buffer.from("\0\0\0\0mdat....", "latin1")])],
  ["a film with a box of no size", Buffer.concat([ftyp, Buffer.from("\0\0\0\x01moov\0\0\0\0\0\0\0\0", "latin1")])],
  ["an mp3 tag that shifts its bytes", Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 3, 0, 0x80, 0, 0, 0, 4]), Buffer.alloc(4), frames])],
])("%s is not changed", async (_name, bytes) => {
  expect(await provenance.read(bytes)).toEqual({ says: null, splices: null });
});

test("pieces of any size, and splices next to each other", async () => {
  const bytes = Buffer.from("0123456789");
  const splices = [
    { at: 0, skip: 1, bytes: Buffer.from("a") },
    { at: 1, skip: 0, bytes: Buffer.from("bb") },
    { at: 4, skip: 3, bytes: Buffer.from("") },
    { at: 10, skip: 0, bytes: Buffer.from("z") },
  ];
  for (const size of [1, 2, 3, 5, 10, 99]) expect((await apply(bytes, { says: null, splices }, size)).toString()).toBe("abb123789z");
});
