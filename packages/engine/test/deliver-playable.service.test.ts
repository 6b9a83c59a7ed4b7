/** Of a sound there is no small picture, so none is stored. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createMediaInspector } from "@cooly/drivers/media/by-kind";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { deliver } from "../src/generations/deliver.ts";
import type { Hand, Held } from "../src/generations/hand.ts";
import { quietLog } from "./fixture.ts";

const RATE = 8000;

function sound(seconds: number): Buffer {
  const bytes = Buffer.alloc(44 + RATE * seconds * 2, 7);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  for (const [at, value] of [16, 0x10001, RATE, RATE * 2, 0x100002].entries()) bytes.writeUInt32LE(value, 16 + at * 4);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(bytes.length - 44, 40);
  return bytes;
}

test("a sound is stored as it is, without a small picture; one that was cut off is not stored at all", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cooly-deliver-"));
  const store = createFilesystemStore({ directory, publicUrl: "http://localhost", secret: "x".repeat(32) });
  const hand = { media: createMediaInspector(), store, log: quietLog } as unknown as Hand;
  const work = { account_id: "account", stop: new AbortController() } as unknown as Held;
  const bytes = sound(3);
  try {
    const cut = await deliver(hand, work, { from: "bytes", body: bytes.subarray(0, 20_000) });
    expect(cut).toEqual({ outcome: "unusable", why: "The file ends before what it says it holds." });
    expect(await readdir(directory)).toEqual([]);
    const delivered = await deliver(hand, work, { from: "bytes", body: bytes });
    if (delivered.outcome !== "stored") throw new Error(delivered.why);
    expect(delivered.media).toMatchObject({ mime: "audio/wav", width: null, height: null, durationMs: 3000, thumbnailKey: null, thumbhash: null });
    expect(await stat(join(directory, delivered.media.storageKey))).toMatchObject({ size: bytes.length });
  } finally {
    await rm(directory, { recursive: true });
  }
});
