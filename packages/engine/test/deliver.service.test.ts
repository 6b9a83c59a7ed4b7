/** A large result passes through a worker without ever being in its memory. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startLargeFiles } from "../../../bench/load/large-files.ts";
import type { Delivered } from "../src/generations/deliver.ts";

const FILE_BYTES = 200_000_000;
const program = fileURLToPath(new URL("deliver-process.ts", import.meta.url));

test("two hundred megabytes are delivered within a small part of their size", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cooly-deliver-"));
  const [small, large] = await Promise.all([startLargeFiles({ bytes: 1_000_000, together: 1 }), startLargeFiles({ bytes: FILE_BYTES, together: 1 })]);
  try {
    const ran = await promisify(execFile)(process.execPath, [program, folder, `${small.url}/small`, `${large.url}/large`]);
    const { delivered, grownBytes } = JSON.parse(ran.stdout) as { delivered: Delivered; grownBytes: number };
    if (delivered.outcome !== "stored") throw new Error(delivered.why);
    expect(delivered.media).toMatchObject({ mime: "image/png", width: 64, height: 64, bytes: FILE_BYTES });
    expect(await stat(join(folder, "media", delivered.media.storageKey))).toMatchObject({ size: FILE_BYTES });
    expect(grownBytes).toBeLessThan(FILE_BYTES / 4);
    expect(await readdir(join(folder, "scratch"))).toEqual([]);
  } finally {
    await Promise.all([small.close(), large.close()]);
    await rm(folder, { recursive: true });
  }
}, 60_000);
