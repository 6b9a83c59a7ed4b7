import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Inspected } from "@cooly/engine/ports";
import { ffmpegFolder, halves, highProfile, makeClip } from "../../../../../test/servers/ffmpeg.ts";
import { createMediaInspector, findFfmpeg } from "../by-kind.ts";
import { createFfmpeg } from "./index.ts";

const program = findFfmpeg(ffmpegFolder())!;
const troubles: unknown[] = [];
// A machine that tests many things at once is slow.
const inspector = createMediaInspector({ ffmpeg: program, ffmpegPatienceMs: 20_000, onUndecoded: (error) => troubles.push(error) });
const plain = createMediaInspector();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-posters-"));
});
afterAll(async () => {
  inspector.close();
  await rm(folder, { recursive: true });
});

async function posterOf(seen: Inspected) {
  if (seen.kind !== "video" || seen.thumbnail === null) throw new Error(`no poster: ${String(troubles.at(-1))}`);
  const { data, info: size } = await sharp(seen.thumbnail).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (across: number, down: number): number[] => {
    const from = (Math.floor(down * size.height) * size.width + Math.floor(across * size.width)) * 3;
    return [...data.subarray(from, from + 3)];
  };
  return { width: size.width, height: size.height, at };
}

const isRed = ([red, green, blue]: number[]): boolean => red! > 200 && green! < 60 && blue! < 60;
const isBlue = ([red, green, blue]: number[]): boolean => red! < 60 && green! < 60 && blue! > 200;

const films = {
  "H.264 in its high profile": { ending: "mp4", words: highProfile(640, 360) },
  "H.264 in its main profile, as QuickTime": { ending: "mov", words: [...halves(640, 360), "-c:v", "libx264", "-profile:v", "main", "-pix_fmt", "yuv420p"] },
  HEVC: { ending: "mp4", words: [...halves(640, 360), "-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1", "-pix_fmt", "yuv420p"] },
  VP8: { ending: "webm", words: [...halves(640, 360), "-c:v", "libvpx"] },
  VP9: { ending: "webm", words: [...halves(640, 360), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"] },
  AV1: {
    ending: "mp4",
    words: [...halves(640, 360), "-c:v", "libaom-av1", "-strict", "experimental", "-cpu-used", "8", "-pix_fmt", "yuv420p", "-frames:v", "2"],
  },
};

test.for(Object.entries(films))("a film in %s has a poster of its shape and colours; without FFmpeg it has none", async ([, { ending, words }]) => {
  const film = await makeClip(ending, ...words);
  const path = join(folder, `film.${ending}`);
  await writeFile(path, film);
  for (const source of [{ path }, film]) {
    const seen = await inspector.inspect(source);
    expect(seen).toMatchObject({ kind: "video", width: 640, height: 360, thumbhash: expect.stringMatching(/^[\w+/]{20,}=*$/) });
    const poster = await posterOf(seen);
    expect(poster).toMatchObject({ width: 512, height: 288 });
    expect([isRed(poster.at(0.2, 0.5)), isBlue(poster.at(0.8, 0.5))]).toEqual([true, true]);
  }
  expect(await plain.inspect({ path })).toMatchObject({ kind: "video", width: 640, thumbnail: null, thumbhash: null });
});

test("what is turned stands upright, what is oblong is as wide as it is shown, and what is small stays so", async () => {
  const path = join(folder, "lying.mp4");
  await writeFile(path, await makeClip("mp4", ...highProfile(320, 180)));
  const turned = await posterOf(await inspector.inspect(await makeClip("mp4", "-i", path, "-c", "copy", "-metadata:s:v", "rotate=90")));
  expect(turned).toMatchObject({ width: 180, height: 320 });
  expect(
    [isRed(turned.at(0.5, 0.2)), isBlue(turned.at(0.5, 0.8))].every(Boolean) || [isBlue(turned.at(0.5, 0.2)), isRed(turned.at(0.5, 0.8))].every(Boolean),
  ).toBe(true);
  const oblong = await posterOf(await inspector.inspect(await makeClip("mp4", ...highProfile(320, 360), "-vf", "setsar=2")));
  expect(oblong).toMatchObject({ width: 512, height: 288 });
});

test("a large film that does not say how its colours are meant has those that players show", async () => {
  const green = (words: string): Promise<Buffer> =>
    makeClip("mp4", "-f", "lavfi", "-i", "color=0x20a040:s=1280x720:r=10:d=1", "-vf", words, "-pix_fmt", "yuv420p", "-c:v", "libx264");
  const colour = (await posterOf(await inspector.inspect(await green("scale=out_color_matrix=bt709")))).at(0.5, 0.5);
  for (const [at, part] of [0x20, 0xa0, 0x40].entries()) expect(Math.abs(colour[at]! - part)).toBeLessThan(6);
});

const LOUD_THEN_QUIET = ["-f", "lavfi", "-i", "aevalsrc='if(lt(t,1),0.5*sin(2*PI*440*t),0)':d=2:s=48000"];
const sounds = {
  FLAC: { ending: "flac", words: [] },
  "Opus in Ogg": { ending: "ogg", words: ["-c:a", "libopus"] },
  "Opus in WebM": { ending: "webm", words: ["-c:a", "libopus"] },
  Vorbis: { ending: "ogg", words: ["-c:a", "libvorbis"] },
  AAC: { ending: "mp4", words: ["-c:a", "aac"] },
};

test.for(Object.entries(sounds))("a sound in %s has its peaks; without FFmpeg it has none", async ([, { ending, words }]) => {
  const bytes = await makeClip(ending, ...LOUD_THEN_QUIET, ...words);
  const seen = await inspector.inspect(bytes);
  if (seen.kind !== "audio" || seen.waveform === null) throw new Error(`no peaks: ${String(troubles.at(-1))}`);
  const peaks = [...Buffer.from(seen.waveform, "base64")];
  expect(peaks).toHaveLength(128);
  for (const peak of peaks.slice(4, 58)) expect(Math.abs(peak - 128)).toBeLessThan(20);
  for (const peak of peaks.slice(70)) expect(peak).toBeLessThan(4);
  expect(await plain.inspect(bytes)).toMatchObject({ kind: "audio", waveform: null });
});

test("a sound of half an hour is folded as it comes", async () => {
  const path = join(folder, "long.flac");
  await writeFile(path, await makeClip("flac", "-f", "lavfi", "-i", "sine=d=1790:r=16000"));
  const look = async (): Promise<void> => expect(await inspector.inspect({ path })).toMatchObject({ kind: "audio", waveform: expect.any(String) });
  await look();
  const before = process.memoryUsage.rss();
  // 28 MB come out of it each time.
  for (let time = 0; time < 4; time += 1) await look();
  expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 1024 * 1024);
}, 60_000);

test("of a film that is broken within, the poster is missing and nothing else", async () => {
  const film = await makeClip("mp4", ...highProfile(640, 360));
  const content = film.indexOf("mdat", 0, "latin1") + 4;
  film.fill(0xa5, content, content + 4000);
  const before = troubles.length;
  expect(await inspector.inspect(film)).toMatchObject({ kind: "video", width: 640, thumbnail: null });
  expect(String(troubles[before])).toMatch(/it ended with|no whole picture/);
});

test("what hardly anybody makes is decoded by nobody", async () => {
  const film = await makeClip("mov", ...halves(640, 360), "-c:v", "qtrle");
  const before = troubles.length;
  expect(await inspector.inspect(film)).toMatchObject({ kind: "video", mime: "video/quicktime", width: 640, thumbnail: null });
  expect(String(troubles[before])).toContain("Codec (qtrle) not on whitelist");
});

test("a playlist is no film, and is not followed where it is said to be one", async () => {
  const secret = join(folder, "secret.ts");
  await writeFile(secret, await makeClip("ts", ...highProfile(320, 180)));
  const hls = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${secret}\n#EXT-X-ENDLIST\n`;
  const list = join(folder, "list.m3u8");
  await writeFile(list, hls);
  // It would be followed: this is what is kept from it.
  const followed = await promisify(execFile)(program.command, ["-v", "error", "-i", list, "-frames:v", "1", "-f", "rawvideo", "-"], {
    encoding: "buffer",
    maxBuffer: 1e7,
  });
  expect(followed.stdout.length).toBeGreaterThan(50_000);
  const ffmpeg = createFfmpeg(program);
  const picture = { width: 64, height: 36, matrix: "bt709" };
  const concat = Buffer.from(`ffconcat version 1.0\nfile '${secret}'\n`);
  for (const source of [{ path: list }, Buffer.from(hls), concat]) {
    await expect(inspector.inspect(source)).rejects.toThrow("not a PNG, JPEG or WebP");
    for (const container of ["mp4", "mov", "webm", "ogg", "flac", "mp3", "wav"] as const) {
      await expect(ffmpeg.firstPicture(source, container, picture)).rejects.toThrow(/it ended with/);
      await expect(ffmpeg.waveform(source, container, 1000)).rejects.toThrow(/it ended with|nothing to hear/);
    }
  }
  const away = { path: "http://127.0.0.1:1/film.mp4" };
  await expect(ffmpeg.firstPicture(away, "mp4", picture)).rejects.toThrow(/No such file/);
});

test("nothing of it stays in the folder for what is temporary", async () => {
  const path = join(folder, "last.mp4");
  const film = await makeClip("mp4", ...highProfile(320, 180));
  await writeFile(path, film);
  const temporary = join(folder, "temporary");
  await mkdir(temporary);
  vi.stubEnv("TMPDIR", temporary);
  try {
    for (const source of [{ path }, film, film.subarray(0, 4000)]) await inspector.inspect(source).catch(() => undefined);
    expect(await readdir(temporary)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
});
