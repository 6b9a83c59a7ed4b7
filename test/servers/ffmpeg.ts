/** FFmpeg's command as npm has it for this machine, of 2018: what it can do, every one can. It makes the films of the tests and reads them. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** The folder that it lies in, for a `PATH`. */
export const ffmpegFolder = (): string => dirname(createRequire(import.meta.url).resolve(`@ffmpeg-installer/${process.platform}-${process.arch}/package.json`));

/** Runs it with `words` and the address of a file that ends with `ending`; answers what is in it. */
export async function makeClip(ending: string, ...words: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "cooly-clip-"));
  try {
    const file = join(folder, `clip.${ending}`);
    await promisify(execFile)(join(ffmpegFolder(), "ffmpeg"), ["-hide_banner", "-nostdin", "-loglevel", "error", ...words, file]);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its left half is red and its right one blue. */
export const halves = (width: number, height: number): string[] => [
  "-f",
  "lavfi",
  "-i",
  `color=red:s=${width / 2}x${height}:r=10:d=1[a];color=blue:s=${width / 2}x${height}:r=10:d=1[b];[a][b]hstack`,
];

/** What vendors send, with a sound beside it. */
export const highProfile = (width: number, height: number): string[] =>
  [
    halves(width, height),
    ["-f", "lavfi", "-i", "sine=d=1"],
    ["-c:v", "libx264", "-profile:v", "high", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"],
  ].flat();
