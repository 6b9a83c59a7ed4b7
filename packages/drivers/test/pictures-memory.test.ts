import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { expect, test } from "vitest";
import { frugal } from "../../../tools/frugal.mjs";
import { usualLimits } from "../src/media/sharp/examine-picture.ts";

const MIB = 1024 * 1024;
const UPLOADS = 50;
const drawn = (side: number) =>
  sharp({ create: { width: side, height: side, channels: 3, background: "#888", noise: { type: "gaussian", mean: 128, sigma: 20 } } });

/** The largest of each kind that is taken; whatever would take more memory while it is read may have fewer pixels. */
const largest = {
  "rows.jpeg": drawn(6_000).jpeg({ quality: 60 }),
  "turned.jpeg": drawn(3_738).withMetadata({ orientation: 6 }).jpeg({ quality: 60 }),
  "progressive.jpeg": drawn(2_640).jpeg({ progressive: true, chromaSubsampling: "4:4:4" }),
  "interlaced.png": drawn(2_640).png({ progressive: true, compressionLevel: 1 }),
  "lossy.webp": drawn(1_998).webp({ effort: 0 }),
  "lossless.webp": drawn(1_998).webp({ lossless: true, effort: 0 }),
  "palette.gif": drawn(2_640).gif({ effort: 1 }),
  "still.avif": drawn(1_524).avif({ effort: 0 }),
};

test("row 35: fifty of the largest at once take no more than 64 MiB", { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "cooly-pictures-memory-"));
  try {
    for (const [name, picture] of Object.entries(largest)) await picture.toFile(join(folder, `given-${name}`));
    const program = fileURLToPath(new URL("pictures-process.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, folder, String(UPLOADS)], { env: frugal });
    const { grownBytes, pixels } = JSON.parse(stdout) as { grownBytes: number; pixels: number[] };
    expect(pixels.length).toBe(UPLOADS);
    expect(Math.max(...pixels)).toBe(usualLimits.pixelsMax);
    expect(grownBytes).toBeLessThan(64 * MIB);
  } finally {
    await rm(folder, { recursive: true });
  }
});
