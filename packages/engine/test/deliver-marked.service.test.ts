/** What is put into a delivered file is said of it, is what lies in the store, and never costs what was delivered. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMediaInspector } from "@cooly/drivers/media/by-kind";
import { createProvenance } from "@cooly/drivers/media/provenance";
import { openFilesystemScratch } from "@cooly/drivers/scratch/filesystem";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { deliver } from "../src/generations/deliver.ts";
import type { Hand, Held } from "../src/generations/hand.ts";
import type { Provenance, Scratch } from "../src/ports/index.ts";
import { quietLog } from "./fixture.ts";
import { pixel } from "./workshop.ts";

const WORD = "digitalsourcetype/trainedAlgorithmicMedia";
let directory: string;
let scratch: Scratch & { close(): void };
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cooly-marked-"));
  scratch = await openFilesystemScratch({ directory: join(directory, "scratch") });
});
afterEach(async () => {
  scratch.close();
  await rm(directory, { recursive: true });
});

const work = { account_id: "account", output_id: "output", stop: new AbortController() } as unknown as Held;

async function delivered(body: Uint8Array | Readable, { provenance, land = scratch }: { provenance: Provenance; land?: Scratch }) {
  const store = createFilesystemStore({ directory: join(directory, "media"), publicUrl: "http://localhost", secret: "x".repeat(32) });
  const hand = { media: createMediaInspector(), store, scratch: land, provenance, log: quietLog } as unknown as Hand;
  const done = await deliver(hand, work, { from: "bytes", body });
  if (done.outcome !== "stored") throw new Error(done.why);
  const bytes = await readFile(join(directory, "media", done.media.storageKey));
  expect(done.media).toMatchObject({ bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
  return { media: done.media, bytes };
}

const streamed = (): Readable => Readable.from([pixel.subarray(0, 20), pixel.subarray(20)]);
const broken: Provenance = { read: () => Promise.reject(new Error("unreadable")) };

test.each([
  ["in memory", () => pixel],
  ["from the disk", streamed],
])("%s: the file is marked, and its size and hash are those of what lies there", async (_name, body) => {
  const { media, bytes } = await delivered(body(), { provenance: createProvenance() });
  expect(media.provenance).toBe("marked");
  expect(bytes.toString("latin1")).toContain(WORD);
  expect(Buffer.concat([bytes.subarray(0, 33), bytes.subarray(33 + bytes.length - pixel.length)])).toEqual(pixel);
});

test.each([
  ["where an installation adds nothing", createProvenance({ mark: false })],
  ["where it cannot be read", broken],
])("%s it is byte for byte the vendor's", async (_name, provenance) => {
  for (const body of [pixel, streamed()]) {
    const { media, bytes } = await delivered(body, { provenance });
    expect(media.provenance).toBeNull();
    expect(bytes).toEqual(pixel);
  }
});

test("what the vendor has signed is byte for byte the vendor's, and that is told", async () => {
  // A caBX chunk, with a sum that nobody asks for.
  const signed = Buffer.concat([pixel.subarray(0, 33), Buffer.from("\0\0\0\x04caBX....", "latin1"), Buffer.from([0x8f, 0x4e, 0xb3, 0x4e]), pixel.subarray(33)]);
  const { media, bytes } = await delivered(signed, { provenance: createProvenance() });
  expect(media.provenance).toBe("c2pa");
  expect(bytes).toEqual(signed);
});

test("what this machine's disk reads wrongly is not stored, but read again", async () => {
  let opened = 0;
  const spoilt: Scratch = {
    async land(body, options) {
      const landed = await scratch.land(body, options);
      return {
        ...landed,
        open() {
          const whole = Buffer.from(pixel);
          // After it was looked at, one byte of the pixels is another.
          if ((opened += 1) === 1) whole[50]! ^= 1;
          return Readable.from([whole]);
        },
      };
    },
  };
  const { bytes } = await delivered(streamed(), { provenance: createProvenance(), land: spoilt });
  expect(opened).toBe(2);
  expect(bytes.subarray(-20)).toEqual(pixel.subarray(-20));
});
