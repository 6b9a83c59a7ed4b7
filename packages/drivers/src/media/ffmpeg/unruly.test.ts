/** Whatever the program does, it costs the poster and never the film. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { highProfile, makeClip } from "../../../../../test/servers/ffmpeg.ts";
import { createMediaInspector, findFfmpeg } from "../by-kind.ts";

const PATIENCE_MS = 1000;
let folder = "";
let film = "";
let sound = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-unruly-"));
  [film, sound] = [join(folder, "film.mp4"), join(folder, "sound.flac")];
  await writeFile(film, await makeClip("mp4", ...highProfile(640, 360)));
  await writeFile(sound, await makeClip("flac", "-f", "lavfi", "-i", "sine=d=1"));
});
afterAll(() => rm(folder, { recursive: true }));

let made = 0;
/** A program of that name that does what `script` says; `here` is a folder of its own. */
async function unruly(script: (here: string) => string) {
  const here = join(folder, String((made += 1)));
  await mkdir(here);
  await writeFile(join(here, "ffmpeg"), `#!/bin/sh\n${script(here)}\n`);
  await chmod(join(here, "ffmpeg"), 0o755);
  const troubles: string[] = [];
  const ffmpeg = findFfmpeg(`${here}:/usr/bin:/bin`)!;
  expect(ffmpeg.command).toBe(join(here, "ffmpeg"));
  const inspector = createMediaInspector({ ffmpeg, ffmpegPatienceMs: PATIENCE_MS, onUndecoded: (error) => troubles.push(String(error)) });
  return { here, ffmpeg, inspector, troubles };
}

const whole = { kind: "video", mime: "video/mp4", width: 640, height: 360, durationMs: 1000, thumbnail: null, thumbhash: null };
const heard = { kind: "audio", mime: "audio/flac", durationMs: 1000, waveform: null };

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const pidsIn = async (here: string): Promise<number[]> => (await readFile(join(here, "pids"), "utf8")).trim().split("\n").map(Number);

/** One that does nothing, and has started another that does nothing either. */
const idle = (here: string): string => `sleep 600 &\nprintf '%s\\n' $$ $! > ${here}/pids.new; mv ${here}/pids.new ${here}/pids\nwait`;

const habits: Record<string, { script: (here: string) => string; why: RegExp }> = {
  fails: { script: () => "echo no such codec >&2; exit 1", why: /it ended with 1: no such codec/ },
  "says nothing": { script: () => "exit 0", why: /no whole picture|nothing to hear/ },
  "says half of it": { script: () => "head -c 1 /dev/zero", why: /no whole picture|nothing to hear/ },
  "never stops to speak": { script: () => "exec cat /dev/zero", why: /more than it was asked for/ },
  "never stops to complain": { script: () => "yes broken >&2", why: /timeout/ },
  "ends by a signal": { script: () => "kill -SEGV $$", why: /it ended with null/ },
  "does nothing": { script: () => "exec sleep 600", why: /timeout/ },
  "has others do nothing": { script: idle, why: /timeout/ },
  "leaves others behind": { script: (here) => `sleep 600 &\nprintf '%s\\n' $$ $! > ${here}/pids`, why: /no whole picture|nothing to hear/ },
  "is no program": { script: () => "\u0000", why: /./ },
};

test.for(Object.entries(habits))("one that %s", async ([, { script, why }]) => {
  const { here, inspector, troubles } = await unruly(script);
  const startedMs = performance.now();
  expect(await inspector.inspect({ path: film })).toEqual(whole);
  expect(await inspector.inspect({ path: sound })).toMatchObject(heard);
  expect(performance.now() - startedMs).toBeLessThan(PATIENCE_MS * 2 + 8000);
  expect(troubles).toEqual([expect.stringMatching(why), expect.stringMatching(why)]);
  const left = await pidsIn(here).catch(() => []);
  await expect.poll(() => left.filter(isThere)).toEqual([]);
});

test("one that was there and is gone", async () => {
  const { here, inspector, troubles } = await unruly(() => "exit 0");
  await rm(join(here, "ffmpeg"));
  expect(await inspector.inspect({ path: film })).toEqual(whole);
  expect(troubles).toEqual([expect.stringContaining("ENOENT")]);
});

test("it is told nothing of our environment, has an empty folder, and waits for everybody", async () => {
  const { here, inspector } = await unruly(
    (place) =>
      `sleep 0.2; { env | sed 's/=.*//' | sort | tr '\\n' ' '; echo; ls -A | wc -l; nice; cat /proc/$$/oom_score_adj; } > ${place}/told; printf '%s\\n' "$@" > ${place}/words`,
  );
  await inspector.inspect({ path: film });
  const [names, files, niceness, worth] = (await readFile(join(here, "told"), "utf8")).split("\n").map((line) => line.trim());
  // A shell adds its own.
  expect(names!.split(" ").filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name))).toEqual(["PATH"]);
  expect([files, niceness]).toEqual(["0", "19"]);
  if (process.platform === "linux") expect(worth).toBe("1000");
  const words = await readFile(join(here, "words"), "utf8");
  for (const part of ["-nostdin\n", "-protocol_whitelist\nfile,pipe\n", `-threads\n1\n-f\nmov\n-i\nfile:${film}\n`, "-an\n"]) expect(words).toContain(part);
});

test("no more than two are at it at once", async () => {
  const { here, inspector } = await unruly((place) => `echo 1 >> ${place}/count; sleep 0.4; echo -1 >> ${place}/count`);
  expect(await Promise.all(Array.from({ length: 6 }, () => inspector.inspect({ path: film })))).toEqual(Array.from({ length: 6 }, () => whole));
  let [now, most] = [0, 0];
  for (const step of (await readFile(join(here, "count"), "utf8")).trim().split("\n")) most = Math.max(most, (now += Number(step)));
  expect([now, most]).toEqual([0, 2]);
});

test("what is running ends where the inspector is closed, and nothing is started after that", async () => {
  const { here, ffmpeg } = await unruly(idle);
  const inspector = createMediaInspector({ ffmpeg, ffmpegPatienceMs: 60_000 });
  const inspecting = inspector.inspect({ path: film });
  await expect.poll(() => pidsIn(here).catch(() => [])).toHaveLength(2);
  const pids = await pidsIn(here);
  await rm(join(here, "pids"));
  inspector.close();
  expect(await inspecting).toEqual(whole);
  await expect.poll(() => pids.filter(isThere)).toEqual([]);
  expect(await inspector.inspect({ path: film })).toEqual(whole);
  await expect(pidsIn(here)).rejects.toThrow("ENOENT");
});

test("it does not outlive the process that started it", async () => {
  const { here, ffmpeg } = await unruly(idle);
  const program = join(here, "program.mjs");
  const text = `
    import { createMediaInspector } from ${JSON.stringify(join(import.meta.dirname, "../by-kind.ts"))};
    void createMediaInspector({ ffmpeg: ${JSON.stringify(ffmpeg)}, ffmpegPatienceMs: 60_000 }).inspect({ path: ${JSON.stringify(film)} });
    process.once("SIGTERM", () => process.exit(0));`;
  await writeFile(program, text);
  const child = spawn(process.execPath, [program], { stdio: "inherit", env: { TMPDIR: here } });
  await expect.poll(() => pidsIn(here).catch(() => [])).toHaveLength(2);
  child.kill("SIGTERM");
  await once(child, "exit");
  const pids = await pidsIn(here);
  await expect.poll(() => pids.filter(isThere)).toEqual([]);
});
