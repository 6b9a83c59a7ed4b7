import { createHash } from "node:crypto";
import { readdir, readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PictureRefused, type MediaSource, type PictureLimits } from "@cooly/engine/ports";
import { apngInFrames, avifOf, drawn, gifInFrames, gifOf, jpegOf, pngChunk, pngOf, webpInFrames } from "../../../test/crafted-pictures.ts";
import { usualLimits } from "./examine-picture.ts";
import { createSharpPictures } from "./pictures.ts";

let folder: string;
let into: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-pictures-"));
  into = join(folder, "copy");
});
afterAll(() => rm(folder, { recursive: true }));

const examine = (source: MediaSource, limits: Partial<PictureLimits> = {}) => createSharpPictures({ ...usualLimits, ...limits }).examine(source, into);
const codeOf = (done: Promise<unknown>): Promise<unknown> =>
  done.then(
    () => "taken",
    (error: unknown) => (error instanceof PictureRefused ? error.code : error),
  );

const text = (content: string): Buffer => Buffer.from(content, "latin1");
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>';
const striped = sharp({ create: { width: 40, height: 20, channels: 3, background: "#0000ff" } }).composite([
  { input: { create: { width: 20, height: 20, channels: 3, background: "#ff0000" } }, left: 0, top: 0 },
]);
const noise = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#888", noise: { type: "gaussian", mean: 128, sigma: 40 } } });
const png = await noise(200, 100).png().toBuffer();
const jpeg = await noise(200, 100).jpeg().toBuffer();

/** What is refused, with the rows of the list of bad inputs (4.2) that say so. */
const refused: readonly (readonly [row: number, name: string, bytes: Buffer, code: string])[] = [
  [1, "nothing", Buffer.alloc(0), "empty_file"],
  [7, "a PDF that is also a ZIP", text("%PDF-1.7\nPK\u0003\u0004"), "type_refused"],
  [7, "a GIF that is also a program", text("GIF89a/*\u0000\u0000\u0000\u0000*/=1;alert(1)"), "undecodable"],
  [9, "SVG, compressed", gzipSync(Buffer.alloc(20_000_000, svg)), "type_refused"],
  [11, "a PNG of 2^31-1 x 2^31-1", await pngOf(2 ** 31 - 1, 2 ** 31 - 1), "undecodable"],
  [11, "a PNG of 1000000 x 1000000", await pngOf(1_000_000, 1_000_000), "size_refused"],
  [11, "a PNG of 0x0", await pngOf(0, 0), "undecodable"],
  [11, "a PNG of 1x65500", await pngOf(1, 65_500), "size_refused"],
  [11, "a PNG of 16000x16000", await pngOf(16_000, 16_000), "too_many_pixels"],
  [11, "a JPEG of 65500x65500", await jpegOf(65_500, 65_500), "size_refused"],
  [11, "a JPEG of 1x65500", await jpegOf(1, 65_500), "size_refused"],
  [11, "a JPEG of 0x0", await jpegOf(0, 0), "undecodable"],
  [11, "a GIF of 65535x65535", await gifOf(65_535, 65_535), "size_refused"],
  [11, "a GIF of 16000x16000", await gifOf(16_000, 16_000), "too_many_pixels"],
  [11, "an AVIF of 2^31-1 x 2^31-1", await avifOf(2 ** 31 - 1, 2 ** 31 - 1), "size_refused"],
  [11, "an AVIF of 16000x16000", await avifOf(16_000, 16_000), "too_many_pixels"],
  [13, "a GIF of 100,000 frames", gifInFrames(100_000), "too_many_frames"],
  [13, "a WebP of 100,000 frames", await webpInFrames(100_000), "too_many_frames"],
  [15, "TIFF", await drawn(9, 9).tiff().toBuffer(), "type_refused"],
  [15, "VIPS", Buffer.from([0x08, 0xf2, 0xa6, 0xb6, 0, 0, 0, 9, 0, 0, 0, 9]), "type_refused"],
  [15, "PDF", text("%PDF-1.7\n1 0 obj"), "type_refused"],
  [15, "EPS", text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9"), "type_refused"],
  [15, "MVG", text("push graphic-context\nimage over 0,0 0,0 'https://example.com/x'"), "type_refused"],
  [15, "FITS", text("SIMPLE  =                    T"), "type_refused"],
  [15, "JPEG 2000", Buffer.from("0000000c6a5020200d0a870a00000014667479706a703220", "hex"), "type_refused"],
  [15, "HEIC", Buffer.from("00000018667479706865696300000000686569636d696631", "hex"), "type_refused"],
  [15, "BMP", text("BM\u009a\u0000\u0000\u0000"), "type_refused"],
  [15, "ICO", Buffer.from([0, 0, 1, 0, 1, 0]), "type_refused"],
  [39, "a playlist", text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd"), "type_refused"],
  [43, "EICAR", text(["X5O!P%@AP[4", "PZX54(P^)7CC)7}$EICAR"].join("\\")), "type_refused"],
  [45, "SVG", text(svg), "type_refused"],
  [45, "SVG in UTF-16", Buffer.from(`\ufeff${svg}`, "utf16le"), "type_refused"],
];

describe("what is not taken leaves nothing behind", () => {
  test.each(refused)("row %i: %s", async (...[, name, bytes, code]) => {
    expect(await codeOf(examine(bytes))).toBe(code);
    const path = join(folder, "given");
    await writeFile(path, bytes);
    expect(await codeOf(examine({ path })), name).toBe(code);
    expect(await readdir(folder)).toEqual(["given"]);
    await rm(path);
  });

  test.each([
    ["a PNG cut in half", png.subarray(0, png.length / 2)],
    ["a JPEG cut in half", jpeg.subarray(0, jpeg.length / 2)],
    ["eight bytes of a PNG", png.subarray(0, 8)],
    ["a JPEG of nothing but its beginning", jpeg.subarray(0, 3)],
    ["an AVIF of nothing but its name", text("\u0000\u0000\u0000\u0014ftypavif\u0000\u0000\u0000\u0000avif")],
    ["a WebP of nothing but its name", text("RIFF\u0004\u0000\u0000\u0000WEBP")],
  ])("%s is damaged", async (_name, bytes) => {
    expect(await codeOf(examine(bytes))).toBe("undecodable");
    expect(await readdir(folder)).toEqual([]);
  });

  test("a file that is not there, or cannot be written, is no fault of the picture", async () => {
    const trouble = [examine({ path: join(folder, "missing") }), createSharpPictures().examine(png, join(folder, "no", "folder"))];
    for (const done of trouble) {
      const error = await codeOf(done);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(PictureRefused);
    }
  });

  test("the limits are an installation's (row 3)", async () => {
    expect(await codeOf(examine(png, { bytesMax: png.length - 1 }))).toBe("file_too_large");
    expect(await codeOf(examine(png, { bytesMax: png.length }))).toBe("taken");
    expect(await codeOf(examine(png, { pixelsMax: 19_999 }))).toBe("too_many_pixels");
    expect(await codeOf(examine(png, { pixelsMax: 20_000 }))).toBe("taken");
    expect(await codeOf(examine(png, { sideMax: 199 }))).toBe("size_refused");
    expect(await codeOf(examine(await noise(200, 100).webp().toBuffer(), { memoryMax: 200_000 }))).toBe("too_many_pixels");
    expect(await codeOf(examine(png, { memoryMax: 0 }))).toBe("taken");
    expect(await codeOf(examine(gifInFrames(11), { framesMax: 10 }))).toBe("too_many_frames");
    expect(await codeOf(examine(gifInFrames(10), { framesMax: 10 }))).toBe("taken");
  });
});

test("each kind becomes a copy that is measured as it is, from bytes and from a file alike (row 37)", async () => {
  const given = [
    ["image/png", png],
    ["image/jpeg", jpeg],
    ["image/jpeg", await noise(200, 100).webp().toBuffer()],
    ["image/png", await noise(200, 100).gif().toBuffer()],
    ["image/jpeg", await noise(200, 100).avif().toBuffer()],
    ["image/png", await noise(200, 100).ensureAlpha(0.5).webp().toBuffer()],
  ] as const;
  for (const [mime, bytes] of given) {
    const examined = await examine(bytes);
    const copy = await readFile(into);
    const sha256 = createHash("sha256").update(copy).digest("hex");
    expect(examined).toEqual({ mime, width: 200, height: 100, sizeBytes: copy.length, sha256 });
    expect(await sharp(copy).metadata()).toMatchObject({ format: mime.slice("image/".length), width: 200, height: 100, space: "srgb", depth: "uchar" });
    const path = join(folder, "given");
    await writeFile(path, bytes);
    expect(await examine({ path })).toEqual(examined);
  }
});

test("pixels of a PNG stay as they were", async () => {
  await examine(png);
  expect((await sharp(into).raw().toBuffer()).equals(await sharp(png).raw().toBuffer())).toBe(true);
});

test("row 7: what is something else besides is a picture and no more", async () => {
  const comment = text("/*<script>alert(1)</script>*/");
  const marker = Buffer.concat([Buffer.from([0xff, 0xfe, 0, comment.length + 2]), comment]);
  const both = [
    Buffer.concat([jpeg.subarray(0, 2), marker, jpeg.subarray(2)]),
    Buffer.concat([jpeg, text("<html><script>alert(1)</script>")]),
    Buffer.concat([png, text("PK\u0003\u0004<script>alert(1)</script>")]),
    Buffer.concat([await noise(20, 10).gif().toBuffer(), text("<script>alert(1)</script>")]),
  ];
  for (const bytes of both) {
    await examine(bytes);
    expect((await readFile(into)).includes("<script>")).toBe(false);
  }
});

test("row 13: a picture that moves is its first frame", async () => {
  for (const bytes of [gifInFrames(900), await webpInFrames(900), await apngInFrames(100_000)]) {
    expect(await examine(bytes)).toMatchObject({ width: 1, height: 1 });
    expect((await sharp(into, { pages: -1 }).metadata()).pages ?? 1).toBe(1);
  }
  expect((await readFile(into)).length).toBeLessThan(1_000);
});

test("row 17: where it was taken, who wrote what, and every other word is gone", async () => {
  const secret = "N-51.501-W-0.142";
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="${secret}"/></rdf:RDF></x:xmpmeta>`;
  const tell = () =>
    noise(64, 64)
      .withExif({ IFD0: { ImageDescription: secret, Copyright: secret }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1", GPSMapDatum: secret } })
      .withXmp(xmp)
      .withIccProfile("p3");
  const plain = await tell().png().toBuffer();
  const written = pngChunk("tEXt", text(`Comment\u0000${secret}`));
  const given = [
    await tell().jpeg().toBuffer(),
    Buffer.concat([plain.subarray(0, 33), written, plain.subarray(33)]),
    await tell().webp().toBuffer(),
    await tell().avif().toBuffer(),
  ];
  for (const bytes of given) {
    expect(bytes.includes(secret)).toBe(true);
    await examine(bytes);
    expect((await readFile(into)).includes(secret)).toBe(false);
    const { exif, xmp: words, iptc, icc, comments, orientation, tifftagPhotoshop } = await sharp(into).metadata();
    expect({ exif, words, iptc, icc, comments, orientation, tifftagPhotoshop }).toEqual({});
  }
});

test("a picture is turned as its camera said, before that is forgotten", async () => {
  const corners = async (): Promise<string[]> => {
    const { data, info } = await sharp(into).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): string => (data[(y * info.width + x) * 3]! > 128 ? "red" : "blue");
    return [at(2, 2), at(info.width - 3, 2), at(2, info.height - 3), at(info.width - 3, info.height - 3)];
  };
  const ways = {
    1: ["red", "blue", "red", "blue"],
    3: ["blue", "red", "blue", "red"],
    6: ["red", "red", "blue", "blue"],
    8: ["blue", "blue", "red", "red"],
  };
  for (const [orientation, expected] of Object.entries(ways)) {
    const turned = striped.clone().withMetadata({ orientation: Number(orientation) });
    for (const bytes of [await turned.clone().jpeg().toBuffer(), await turned.clone().png().toBuffer()]) {
      const size = Number(orientation) > 4 ? { width: 20, height: 40 } : { width: 40, height: 20 };
      expect(await examine(bytes)).toMatchObject(size);
      expect(await corners()).toEqual(expected);
    }
  }
});

test("row 19: whatever the pixels are, they become sRGB with 8 bits", async () => {
  const red = sharp({ create: { width: 16, height: 16, channels: 3, background: "#ff0000" } });
  const given = {
    cmyk: await red.clone().toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer(),
    sixteen: await red.clone().toColourspace("rgb16").png().toBuffer(),
    palette: await red.clone().png({ palette: true }).toBuffer(),
    p3: await red.clone().withIccProfile("p3").png().toBuffer(),
  };
  expect(await sharp(given.cmyk).metadata()).toMatchObject({ space: "cmyk" });
  expect(await sharp(given.sixteen).metadata()).toMatchObject({ depth: "ushort" });
  for (const [name, bytes] of Object.entries(given)) {
    await examine(bytes);
    expect(await sharp(into).metadata(), name).toMatchObject({ space: "srgb", depth: "uchar", channels: 3 });
    const [r, g, b] = await sharp(into).raw().toBuffer();
    expect(r! - Math.max(g!, b!), name).toBeGreaterThan(150);
  }
  const grey = await drawn(16, 16).greyscale().png({ palette: true, colours: 2 }).toBuffer();
  const alpha = await drawn(16, 16).greyscale().toColourspace("b-w").ensureAlpha(0.5).png().toBuffer();
  for (const bytes of [grey, alpha]) {
    await examine(bytes);
    expect(await sharp(into).metadata()).toMatchObject({ space: "srgb", depth: "uchar" });
  }
  expect((await sharp(into).metadata()).channels).toBe(4);
});

describe("a mask", () => {
  const of = { width: 40, height: 20 };
  const pictures = createSharpPictures();
  const valuesOf = async (path: string): Promise<{ left: number[]; right: number[] }> => {
    const { hasAlpha } = await sharp(path).metadata();
    const { data, info } = await sharp(path)
      .toColourspace(hasAlpha ? "srgb" : "b-w")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number): number[] => [...data.subarray((10 * info.width + x) * info.channels, (10 * info.width + x + 1) * info.channels)];
    return { left: at(5), right: at(35) };
  };
  /** Left and right half, in red, green, blue and alpha. */
  const halves = (left: readonly number[], right: readonly number[]) => {
    const row = Buffer.from([...Array.from({ length: 20 }, () => left), ...Array.from({ length: 20 }, () => right)].flat());
    return sharp(Buffer.concat(Array.from({ length: 20 }, () => row)), { raw: { ...of, channels: 4 } });
  };
  const white = [255, 255, 255, 255];
  const black = [0, 0, 0, 255];

  test("is white where to edit, whichever way it said so", async () => {
    const byAlpha = halves([0, 0, 0, 0], white);
    const byWhite = halves(white, black);
    const given = [
      await byAlpha.clone().png().toBuffer(),
      await byAlpha.clone().webp({ lossless: true }).toBuffer(),
      await byWhite.clone().png().toBuffer(),
      await byWhite.clone().removeAlpha().png({ palette: true }).toBuffer(),
      await byWhite.clone().removeAlpha().toColourspace("rgb16").png().toBuffer(),
      await byWhite.clone().removeAlpha().greyscale().png().toBuffer(),
    ];
    for (const bytes of given) {
      const examined = await pictures.examineMask(bytes, { into, of });
      const copy = await readFile(into);
      expect(examined).toMatchObject({ mime: "image/png", ...of, sizeBytes: copy.length, sha256: createHash("sha256").update(copy).digest("hex") });
      expect(await sharp(into).metadata()).toMatchObject({ format: "png", channels: 1, depth: "uchar", space: "b-w" });
      expect(await valuesOf(into)).toEqual({ left: [255], right: [0] });
    }
  });

  test("is read as it is said to be, where that is said", async () => {
    const all = await halves([255, 255, 255, 0], white).png().toBuffer();
    await pictures.examineMask(all, { into, of, form: "white" });
    expect((await valuesOf(into)).right).toEqual([255]);
    await pictures.examineMask(await drawn(40, 20).png().toBuffer(), { into, of, form: "transparent" });
    expect(await valuesOf(into)).toEqual({ left: [0], right: [0] });
  });

  test("is written in both forms, and read back the same", async () => {
    await pictures.examineMask(await halves(white, black).png().toBuffer(), { into, of });
    const before = await readFile(into);
    const written = join(folder, "written");
    await pictures.writeMask({ path: into }, { into: written, form: "transparent" });
    expect(await sharp(written).metadata()).toMatchObject({ format: "png", channels: 4, hasAlpha: true });
    expect(await valuesOf(written)).toEqual({ left: [0, 0, 0, 0], right: [0, 0, 0, 255] });
    await pictures.examineMask({ path: written }, { into, of });
    expect((await readFile(into)).equals(before)).toBe(true);
    await pictures.writeMask({ path: into }, { into: written, form: "white" });
    expect(await valuesOf(written)).toEqual({ left: [255], right: [0] });
  });

  test("has the size of its picture, once both are turned", async () => {
    await rm(into, { force: true });
    const bytes = await striped.clone().png().toBuffer();
    expect(await codeOf(pictures.examineMask(bytes, { into, of: { width: 20, height: 40 } }))).toBe("mask_size_differs");
    expect(await codeOf(pictures.examineMask(bytes, { into, of: { width: 40, height: 21 } }))).toBe("mask_size_differs");
    expect(await codeOf(pictures.examineMask(text(svg), { into, of }))).toBe("type_refused");
    expect(await readdir(folder)).not.toContain("copy");
    const turned = await striped.clone().withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await codeOf(pictures.examineMask(turned, { into, of: { width: 20, height: 40 } }))).toBe("taken");
  });
});
