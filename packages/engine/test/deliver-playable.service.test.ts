/** Of a sound there is no small picture, so none is stored; of a film there is one where it can be drawn. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createMediaInspector, findFfmpeg } from "@cooly/drivers/media/by-kind";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { deliver } from "../src/generations/deliver.ts";
import { ffmpegFolder, highProfile, makeClip } from "../../../test/servers/ffmpeg.ts";
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

test("a film as vendors send them is stored with its poster; where that cannot be drawn, without", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cooly-deliver-"));
  const store = createFilesystemStore({ directory: join(directory, "media"), publicUrl: "http://localhost", secret: "x".repeat(32) });
  const work = { account_id: "account", stop: new AbortController() } as unknown as Held;
  const film = await makeClip("mp4", ...highProfile(360, 640));
  const deliverBy = async (path: string | null) => {
    const media = createMediaInspector({ ffmpeg: findFfmpeg(path), ffmpegPatienceMs: path === directory ? 300 : 20_000 });
    const delivered = await deliver({ media, store, log: quietLog } as unknown as Hand, work, { from: "bytes", body: film });
    media.close();
    if (delivered.outcome !== "stored") throw new Error(delivered.why);
    expect(await readFile(join(directory, "media", delivered.media.storageKey))).toEqual(film);
    return delivered.media;
  };
  try {
    const { thumbnailKey, ...drawn } = await deliverBy(ffmpegFolder());
    expect(drawn).toMatchObject({ mime: "video/mp4", width: 360, height: 640, thumbhash: expect.any(String) });
    expect((await readFile(join(directory, "media", thumbnailKey!))).toString("latin1", 8, 12)).toBe("WEBP");
    await writeFile(join(directory, "ffmpeg"), "#!/bin/sh\nexec /bin/sleep 600\n");
    await chmod(join(directory, "ffmpeg"), 0o755);
    for (const path of [directory, null])
      expect(await deliverBy(path)).toMatchObject({ mime: "video/mp4", width: 360, height: 640, thumbnailKey: null, thumbhash: null });
  } finally {
    await rm(directory, { recursive: true });
  }
});
