import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ffmpegFolder } from "../../../../test/servers/ffmpeg.ts";
import { examineMedia } from "../../src/compose/doctor/media.ts";

test("the doctor has a poster drawn, and says what there is to draw it", async () => {
  expect(await examineMedia(ffmpegFolder())).toEqual([expect.objectContaining({ code: "media.ffmpeg", level: "good" })]);
  expect(await examineMedia("/nowhere")).toEqual([expect.objectContaining({ code: "media.plain", level: "good" })]);
  expect(await examineMedia(null)).toEqual([expect.objectContaining({ code: "media.plain" })]);
});

test("one that does not do it is told with what it said", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cooly-doctor-"));
  try {
    await writeFile(join(folder, "ffmpeg"), "#!/bin/sh\necho 'Decoder (codec h264) not found' >&2\nexit 1\n");
    await chmod(join(folder, "ffmpeg"), 0o755);
    const cause = "it ended with 1: Decoder (codec h264) not found";
    expect(await examineMedia(`${folder}:/usr/bin:/bin`)).toEqual([expect.objectContaining({ code: "media.undecoded", level: "warning", cause })]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
