/** What a process of its own takes: 24 megapixels of every kind, however much its decoder wants. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPicturesApart } from "@cooly/drivers/media/sharp/pictures-apart";
import { drawn, pngOf } from "./crafted-pictures.ts";

const SIDE = 4898;
const pictures = createPicturesApart({ idleMs: 300 });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-apart-"));
});
afterAll(async () => {
  pictures.close();
  await rm(folder, { recursive: true });
});

/** Processes that this one has begun to look at pictures. */
const processes = (): number[] =>
  execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("pictures-process"))
    .map((line) => Number.parseInt(line, 10));

const shaded = sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: "#468", noise: { type: "gaussian", mean: 128, sigma: 4 } } }).blur(3);
const kinds = {
  "lossy.webp": () => shaded.clone().webp({ effort: 0 }),
  "lossless.webp": () => drawn(SIDE, SIDE).webp({ lossless: true, effort: 0 }),
  "still.avif": () => drawn(SIDE, SIDE).avif({ effort: 0 }),
  "progressive.jpeg": () => shaded.clone().jpeg({ progressive: true, chromaSubsampling: "4:4:4", quality: 60 }),
  "turned.jpeg": () => shaded.clone().withMetadata({ orientation: 6 }).jpeg({ quality: 60 }),
  "palette.gif": () => drawn(SIDE, SIDE).gif({ effort: 1 }),
};

test.each(Object.keys(kinds) as (keyof typeof kinds)[])("%s of 24 megapixels", { timeout: 120_000 }, async (name) => {
  const path = join(folder, name);
  await kinds[name]().toFile(path);
  const examined = await pictures.examine({ path }, join(folder, "copy"));
  expect(examined).toMatchObject({ width: SIDE, height: SIDE });
  await pictures.shrink({ path: join(folder, "copy") }, join(folder, "small"));
  expect(await sharp(join(folder, "small")).metadata()).toMatchObject({ format: "webp", width: 512, height: 512 });
});

test("many at once are one process's, which goes when there is nothing to do, and comes again", async () => {
  const bytes = await drawn(20, 10).png().toBuffer();
  for (const _ of [1, 2]) {
    const copies = await Promise.all(Array.from({ length: 12 }, (_one, number) => pictures.examine(bytes, join(folder, `many-${number}`))));
    expect(new Set(copies.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(processes()).toHaveLength(1);
    await expect.poll(processes, { timeout: 5_000 }).toEqual([]);
  }
});

test("what is refused is refused with its code, and what cannot be written is no fault of the picture", async () => {
  await expect(pictures.examine(await pngOf(16_000, 16_000), join(folder, "none"))).rejects.toMatchObject({ name: "PictureRefused", code: "too_many_pixels" });
  const bytes = await drawn(20, 10).png().toBuffer();
  await expect(pictures.examine(bytes, join(folder, "nowhere", "none"))).rejects.not.toMatchObject({ name: "PictureRefused" });
  await expect(pictures.examineMask(bytes, { into: join(folder, "mask"), of: { width: 10, height: 10 } })).rejects.toMatchObject({ code: "mask_size_differs" });
});

test("a picture whose process is ended is given to another one; if that ends too, it is the picture's fault", { timeout: 60_000 }, async () => {
  const path = join(folder, "slow.webp");
  await stat(path).catch(async () => writeFile(path, await kinds["lossy.webp"]().toBuffer()));
  const once = pictures.examine({ path }, join(folder, "slow-copy"));
  await expect.poll(processes, { timeout: 5_000 }).toHaveLength(1);
  process.kill(processes()[0]!, "SIGKILL");
  expect(await once).toMatchObject({ width: SIDE });
  await sleep(1_000);
  const twice = pictures.examine({ path }, join(folder, "slow-copy"));
  const ended = expect(twice).rejects.toMatchObject({ code: "undecodable" });
  const killed = new Set<number>();
  for (const deadline = Date.now() + 20_000; killed.size < 2 && Date.now() < deadline; await sleep(20)) {
    for (const pid of processes().filter((one) => !killed.has(one))) {
      killed.add(pid);
      process.kill(pid, "SIGKILL");
    }
  }
  await ended;
  expect((await readdir(folder)).includes("none")).toBe(false);
});
