import { expect, test } from "vitest";
import { announcedKinds, fileKindOf, serves } from "./file-kind.ts";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const brands = (...names: string[]): Uint8Array => bytes([0, 0, 0, 8 + names.length * 4], "ftyp", ...names, "mdat");

test.each([
  ["image/png", bytes([0x89], "PNG\r\n", [0x1a, 0x0a])],
  ["image/jpeg", bytes([0xff, 0xd8, 0xff, 0xe0])],
  ["image/webp", bytes("RIFF", [0, 0, 0, 0], "WEBPVP8 ")],
  ["image/gif", bytes("GIF89a")],
  ["image/avif", brands("mif1", "\0\0\0\0", "avif")],
  ["audio/wav", bytes("RIFF", [0xff, 0xff, 0xff, 0xff], "WAVEfmt ")],
  ["audio/ogg", bytes("OggS", [0, 2])],
  ["audio/flac", bytes("fLaC")],
  ["audio/mp4", brands("M4A ", "\0\0\0\0", "mp42")],
  ["audio/mpeg", bytes("ID3", [4, 0, 0])],
  ["audio/mpeg", bytes([0xff, 0xfb, 0x90, 0x64])],
] as const)("%s", (kind, head) => {
  expect(fileKindOf(head)).toBe(kind);
  expect(serves(kind, "audio")).toBe(kind.startsWith("audio/"));
  expect(serves(kind, "mask")).toBe(kind.startsWith("image/"));
  expect(announcedKinds(kind.startsWith("audio/") ? "audio" : "image")).toContain(kind);
});

test.each([
  ["nothing", bytes()],
  ["a playlist", bytes("#EXTM3U\n")],
  ["a vector picture", bytes("<svg xmlns")],
  ["one that is compressed", bytes([0x1f, 0x8b, 8])],
  ["a document", bytes("%PDF-1.7")],
  ["an archive", bytes("PK", [3, 4])],
  ["a film", brands("isom", "\0\0\0\0", "mp41")],
  ["a brand beyond its box", bytes([0, 0, 0, 12], "ftyp", "isom", "avif")],
  ["a frame of no sample rate", bytes([0xff, 0xfb, 0x9c, 0])],
  ["a TIFF", bytes("II*", [0])],
] as const)("%s is nothing that is taken", (_what, head) => {
  expect(fileKindOf(head)).toBeNull();
});
