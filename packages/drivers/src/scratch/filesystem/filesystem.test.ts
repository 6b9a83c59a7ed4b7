import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MediaUnusable } from "@cooly/engine/ports";
import { openFilesystemScratch, type FilesystemScratch } from "./index.ts";

let directory: string;
let scratch: FilesystemScratch;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cooly-scratch-"));
  scratch = await openFilesystemScratch({ directory });
});
afterEach(async () => {
  scratch.close();
  await rm(directory, { recursive: true, force: true });
});

const never = new AbortController().signal;
const limit = { maxBytes: 1_000_000, signal: never };
const content = randomBytes(300_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const pieces = (count = 10): Readable => Readable.from(Array.from({ length: count }, (_, n) => content.subarray(n * 30_000, (n + 1) * 30_000)));

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  // A piece is ours until the next is asked for.
  for await (const piece of body) parts.push(Buffer.from(piece));
  return Buffer.concat(parts);
}

test("what is landed can be read as often as it takes, and is gone once it is discarded, however often", async () => {
  const landed = await scratch.land(pieces(), limit);
  expect(landed).toMatchObject({ sizeBytes: content.length, sha256 });
  expect(await collect(landed.open())).toEqual(content);
  expect(await collect(landed.open())).toEqual(content);
  await landed.discard();
  await landed.discard();
  expect(await readdir(directory)).toEqual([]);
});

test("nothing is left of what passes the limit, and no more of it is taken", async () => {
  let taken = 0;
  const endless = Readable.from(
    (async function* () {
      for (;;) yield content.subarray(0, (taken += 1) && 50_000);
    })(),
  );
  await expect(scratch.land(endless, { ...limit, maxBytes: 100_000 })).rejects.toBeInstanceOf(MediaUnusable);
  expect(endless.destroyed).toBe(true);
  expect(taken).toBeLessThan(30);
  expect(await readdir(directory)).toEqual([]);
});

test("a body that fails, or has failed already, leaves nothing", async () => {
  const broken = Readable.from(
    (async function* () {
      yield content;
      throw new Error("reset");
    })(),
  );
  await expect(scratch.land(broken, limit)).rejects.toThrow("reset");
  const dead = pieces();
  dead.destroy(new Error("long dead"));
  await expect(scratch.land(dead, limit)).rejects.toThrow();
  expect(await readdir(directory)).toEqual([]);
});

test("an abort ends a landing that waits, at once and with its reason, and leaves nothing", async () => {
  const stop = new AbortController();
  const silent = new Readable({ read() {} });
  silent.push(content);
  const landing = scratch.land(silent, { ...limit, signal: stop.signal });
  await expect.poll(() => readdir(directory)).toHaveLength(1);
  stop.abort(new Error("handed back"));
  await expect(landing).rejects.toThrow("handed back");
  expect(silent.destroyed).toBe(true);
  expect(await readdir(directory)).toEqual([]);
  const late = pieces();
  await expect(scratch.land(late, { ...limit, signal: stop.signal })).rejects.toThrow("handed back");
  expect(late.destroyed).toBe(true);
  expect(await readdir(directory)).toEqual([]);
});

test("a disk that refuses is trouble on the way, not a verdict, and the body is given up", async () => {
  await rm(directory, { recursive: true });
  await writeFile(directory, "in the way");
  const body = pieces();
  const error: unknown = await scratch.land(body, limit).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(MediaUnusable);
  expect(body.destroyed).toBe(true);
});

test("a folder that vanished is made again", async () => {
  await rm(directory, { recursive: true });
  const landed = await scratch.land(pieces(), limit);
  expect(await collect(landed.open())).toEqual(content);
});

test("what dead processes left goes at the next start; what a neighbour may still use stays, and so does what is not ours", async () => {
  const put = async (name: string, minutesOld: number): Promise<void> => {
    const path = join(directory, name);
    await writeFile(path, "x");
    const at = Date.now() / 1000 - minutesOld * 60;
    await utimes(path, at, at);
  };
  await put("old.landing", 121);
  await put("older.landing", 10_000);
  await put("neighbours.landing", 115);
  await put("fresh.landing", 0);
  await put("somebody-elses.txt", 10_000);
  const swept: object[] = [];
  const next = await openFilesystemScratch({ directory, onSwept: (seen) => swept.push(seen) });
  next.close();
  expect(swept).toEqual([{ removed: 2 }]);
  expect((await readdir(directory)).toSorted()).toEqual(["fresh.landing", "neighbours.landing", "somebody-elses.txt"]);
});

test("a clock that is wrong by a day removes nothing that is fresh", async () => {
  const landed = await scratch.land(pieces(), limit);
  const now = Date.now;
  Date.now = () => now() + 86_400_000;
  try {
    (await openFilesystemScratch({ directory })).close();
  } finally {
    Date.now = now;
  }
  expect(await collect(landed.open())).toEqual(content);
});

test("a hundred that are read at once all come whole, and those that are given up keep nobody waiting", async () => {
  const landed = await scratch.land(pieces(), limit);
  const reads = Array.from({ length: 100 }, async (_, n) => {
    if (n % 2) return collect(landed.open());
    for await (const _piece of landed.open()) return null;
    return null;
  });
  const read = await Promise.all(reads);
  expect(read.filter((bytes) => bytes?.equals(content))).toHaveLength(50);
});
