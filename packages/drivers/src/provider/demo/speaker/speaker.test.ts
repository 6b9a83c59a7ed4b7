import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ModelManifest } from "@cooly/contract";
import type { Inspected, Job, Started } from "@cooly/engine/ports";
import manifest from "../../../../../engine/src/catalogue/models/demo-speaker.json" with { type: "json" };
import { createMediaInspector } from "../../../media/by-kind.ts";
import { createDemoProvider } from "../index.ts";
import { findEngine } from "./engine.ts";
import { languageNames, TEXT_MAX, voiceNames } from "./speech.ts";

const provider = createDemoProvider({ threads: 1, path: "/usr/local/bin:/usr/bin:/bin" });
const inspector = createMediaInspector();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-speaker-"));
});
afterAll(async () => {
  await provider.close();
  await rm(folder, { recursive: true });
});

function start(input: Record<string, unknown>, { by = provider, signal = new AbortController().signal } = {}): Promise<Started> {
  const nothing = (): void => undefined;
  const job: Job = {
    outputId: "o",
    attempt: 1,
    key: "o",
    upstreamId: "speaker",
    request: {},
    input,
    seed: 1,
    sending: async () => undefined,
    insist: nothing,
    progress: nothing,
  };
  return by.start(job, signal);
}

async function bytesOf(started: Promise<Started>): Promise<Buffer> {
  const seen = await started;
  if (seen.kind !== "delivered" || seen.result.from !== "bytes") throw new Error(JSON.stringify(seen));
  return Buffer.from(seen.result.body as Uint8Array);
}

function peaksOf(seen: Inspected): number[] {
  if (seen.kind !== "audio" || seen.waveform === null) throw new Error(seen.kind);
  return [...Buffer.from(seen.waveform, "base64")];
}

/** 1: one rises where the other does, all along. */
function alike(one: readonly number[], other: readonly number[]): number {
  const centred = [one, other].map((peaks) => peaks.map((peak) => peak - peaks.reduce((sum, each) => sum + each, 0) / peaks.length));
  const [a, b] = centred as [number[], number[]];
  const product = (left: readonly number[], right: readonly number[]): number => left.reduce((sum, each, at) => sum + each * right[at]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

const SENTENCE = "The lighthouse stands on a cliff, and the sea is calm.";

test("a sentence becomes a WAV, the same each time", async () => {
  const spoken = await bytesOf(start({ prompt: SENTENCE }));
  expect(spoken.equals(await bytesOf(start({ prompt: SENTENCE })))).toBe(true);
  const seen = await inspector.inspect(spoken);
  expect(seen).toMatchObject({ kind: "audio", mime: "audio/wav" });
  expect(seen.durationMs).toBeGreaterThan(2000);
  expect(seen.durationMs).toBeLessThan(8000);
  expect(Math.max(...peaksOf(seen))).toBeGreaterThan(60);
});

test("the same sentence as MP3 is smaller and as long", async () => {
  const [wav, mp3] = await Promise.all([bytesOf(start({ prompt: SENTENCE })), bytesOf(start({ prompt: SENTENCE, format: "mp3" }))]);
  const [long, seen] = [await inspector.inspect(wav), await inspector.inspect(mp3)];
  expect(seen).toMatchObject({ kind: "audio", mime: "audio/mpeg" });
  expect(Math.abs(seen.durationMs! - long.durationMs!)).toBeLessThan(150);
  expect(mp3.length).toBeLessThan(wav.length / 3);
  // It begins a twentieth of a second later: the encoder has to fill itself first.
  const [late, early] = [peaksOf(seen), peaksOf(long)];
  expect(Math.max(...[0, 1, 2, 3].map((shift) => alike(late.slice(shift), early.slice(0, early.length - shift))))).toBeGreaterThan(0.8);
  expect(mp3.equals(await bytesOf(start({ prompt: SENTENCE, format: "mp3" })))).toBe(true);
});

test("another voice, language or speed is another sound, and a higher speed a shorter one", async () => {
  const usual = await bytesOf(start({ prompt: SENTENCE }));
  const slow = await bytesOf(start({ prompt: SENTENCE, speed: 0.5 }));
  const fast = await bytesOf(start({ prompt: SENTENCE, speed: 2 }));
  const others = [await bytesOf(start({ prompt: SENTENCE, voice: "bass" })), await bytesOf(start({ prompt: SENTENCE, language: "de" })), slow, fast];
  for (const other of others) expect(other.equals(usual)).toBe(false);
  expect(slow.length).toBeGreaterThan(usual.length * 1.4);
  expect(fast.length).toBeLessThan(usual.length * 0.75);
});

test.each([
  ["Chinese", "你好,世界。"],
  ["Arabic", "مرحبا بالعالم"],
  ["Hindi", "नमस्ते दुनिया"],
  ["Thai", "สวัสดีชาวโลก"],
  ["pictures", "🦊🏔️ 👩‍🚀"],
  ["half a character", "a\ud800b"],
  ["control characters", "one\u0000two\u0007three\u001b[31m"],
  ["what looks like flags", "-w /tmp/x --help -v de"],
  ["what looks like markup and phonemes", "<speak><voice name='x'>a</voice></speak> [[h@l'oU]] &lt;"],
  ["many lines", "a line\n".repeat(200)],
  ["one long word", "a".repeat(TEXT_MAX)],
])("%s ends in a sound or a sentence", async (_name, prompt) => {
  const seen = await start({ prompt });
  if (seen.kind === "delivered") expect(await inspector.inspect(await bytesOf(Promise.resolve(seen)))).toMatchObject({ kind: "audio" });
  else expect(seen).toMatchObject({ kind: "failed", class: "permanent" });
});

test.each([
  ["nothing", { prompt: "  \n " }, "There is no text to speak."],
  ["what nobody says", { prompt: "..." }, "There is nothing in the text that can be spoken."],
  ["too much", { prompt: "a".repeat(TEXT_MAX + 1) }, `The text is longer than ${TEXT_MAX} characters.`],
  ["another voice", { prompt: "a", voice: "toString" }, `There is no voice "toString"; there are ${voiceNames.join(", ")}.`],
  ["another language", { prompt: "a", language: "en -w x" }, `There is no language "en -w x"; there are ${languageNames.join(", ")}.`],
  ["a speed of nothing", { prompt: "a", speed: 0 }, "The speed must lie between 0.5 and 2."],
  ["a speed that is no number", { prompt: "a", speed: "fast" }, "The speed must lie between 0.5 and 2."],
])("%s fails for good, with a sentence", async (_name, input, message) => {
  expect(await start(input)).toEqual({ kind: "failed", class: "permanent", message });
});

async function engineThat(does: string): Promise<ReturnType<typeof createDemoProvider>> {
  const path = await mkdtemp(join(folder, "engine-"));
  await writeFile(join(path, "espeak-ng"), `#!/bin/sh\n${does}\n`);
  await chmod(join(path, "espeak-ng"), 0o755);
  return createDemoProvider({ threads: 1, path });
}

test("an abort ends the engine", async () => {
  const mark = join(folder, "still-there");
  const by = await engineThat(`/bin/sleep 1; : > ${mark}; exec /bin/sleep 30`);
  await expect(start({ prompt: "a" }, { by, signal: AbortSignal.timeout(200) })).rejects.toThrow(/timeout|aborted/);
  await new Promise((resolve) => setTimeout(resolve, 1300));
  await expect(import("node:fs/promises").then(({ access }) => access(mark))).rejects.toThrow("ENOENT");
  await by.close();
});

test("an engine that fails, or writes something else, is an error that says so", async () => {
  const failing = await engineThat("echo 'no such voice' >&2; exit 3");
  await expect(start({ prompt: "a" }, { by: failing })).rejects.toThrow("the speech engine ended with 3: no such voice");
  const strange = await engineThat("echo hello");
  await expect(start({ prompt: "a" }, { by: strange })).rejects.toThrow("the speech engine wrote no WAV");
});

test("the system's engine comes before the package", async () => {
  const path = await mkdtemp(join(folder, "path-"));
  expect(findEngine(`relative:${path}`)?.command).not.toBe(join(path, "espeak-ng"));
  await writeFile(join(path, "espeak-ng"), "#!/bin/sh\n");
  await chmod(join(path, "espeak-ng"), 0o755);
  expect(findEngine(`relative:${path}`)).toMatchObject({ command: join(path, "espeak-ng") });
});

test("the manifest offers what the speaker has", () => {
  const { params } = ModelManifest.parse(manifest);
  expect(params["properties"]).toMatchObject({ voice: { enum: voiceNames }, language: { enum: languageNames }, prompt: { maxLength: TEXT_MAX } });
});
