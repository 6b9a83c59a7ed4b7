import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { MediaUnusable } from "@cooly/engine/ports";
import { createSharpInspector } from "./index.ts";

const inspector = createSharpInspector();
const picture = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: "#336699" } });

test("what a picture is comes from its bytes, with a thumbnail and a hash", async () => {
  const seen = await inspector.inspect(await picture(1200, 600).png().toBuffer());
  expect(seen).toMatchObject({ mime: "image/png", width: 1200, height: 600, durationMs: null });
  expect(await sharp(seen.thumbnail).metadata()).toMatchObject({ format: "webp", width: 512, height: 256 });
  expect(Buffer.from(seen.thumbhash, "base64").length).toBeGreaterThan(4);
  expect(await inspector.inspect(await picture(10, 20).webp().toBuffer())).toMatchObject({ mime: "image/webp", width: 10, height: 20 });
});

test("a file is seen as its bytes would be; one that cannot be opened says nothing about the picture", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cooly-sharp-"));
  try {
    const path = join(folder, "landed");
    const bytes = await picture(1200, 600).jpeg().toBuffer();
    await writeFile(path, bytes);
    expect(await inspector.inspect({ path })).toEqual(await inspector.inspect(bytes));
    await writeFile(path, "<html>busy</html>");
    await expect(inspector.inspect({ path })).rejects.toBeInstanceOf(MediaUnusable);
    await writeFile(path, bytes.subarray(0, 1000));
    await expect(inspector.inspect({ path })).rejects.toBeInstanceOf(MediaUnusable);
    const trouble: unknown = await inspector.inspect({ path: join(folder, "missing") }).catch((error: unknown) => error);
    expect(trouble).toBeInstanceOf(Error);
    expect(trouble).not.toBeInstanceOf(MediaUnusable);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const whole = await picture(300, 300).png({ compressionLevel: 0 }).toBuffer();
const bomb = Buffer.from(whole);
bomb.writeUInt32BE(30_000, 16);
bomb.writeUInt32BE(30_000, 20);

test.each([
  ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')],
  ["a GIF", await picture(5, 5).gif().toBuffer()],
  ["text", Buffer.from("hello")],
  ["nothing", Buffer.alloc(0)],
  ["a truncated PNG", whole.subarray(0, whole.length / 2)],
  ["a picture that claims 900 million pixels", bomb],
])("%s is refused", async (_name, bytes) => {
  await expect(inspector.inspect(bytes)).rejects.toBeInstanceOf(MediaUnusable);
});
