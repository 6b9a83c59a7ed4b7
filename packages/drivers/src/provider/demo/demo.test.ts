import { createHash } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { ModelManifest, creditsPerOutput } from "@cooly/contract";
import type { Job, Started } from "@cooly/engine/ports";
import manifest from "../../../../engine/src/catalogue/models/demo-painter.json" with { type: "json" };
import { createDemoProvider } from "./index.ts";
import { readPrompt } from "./painter/read-prompt.ts";

const provider = createDemoProvider({ threads: 2 });
afterAll(() => provider.close());

function start(input: Record<string, unknown>, options: { seed?: number; signal?: AbortSignal; onProgress?: (share: number) => void } = {}): Promise<Started> {
  const job: Job = {
    outputId: "o",
    attempt: 1,
    key: "o",
    upstreamId: "painter",
    input: { size: "512x512", style: "auto", format: "png", ...input },
    seed: options.seed ?? 1,
    sending: async () => undefined,
    progress: options.onProgress ?? (() => undefined),
  };
  return provider.start(job, options.signal ?? new AbortController().signal);
}

async function bytesOf(started: Promise<Started>): Promise<Buffer> {
  const seen = await started;
  if (seen.kind !== "delivered" || seen.result.from !== "bytes") throw new Error(seen.kind);
  return Buffer.from(seen.result.body as Uint8Array);
}

const hashOf = async (started: Promise<Started>): Promise<string> =>
  createHash("sha256")
    .update(await bytesOf(started))
    .digest("hex");

test("the same prompt, seed and size make the same bytes, whichever thread paints", async () => {
  const hashes = await Promise.all([1, 2, 3, 4].map(() => hashOf(start({ prompt: "mountains at dawn" }))));
  expect(new Set(hashes).size).toBe(1);
});

test("another seed, prompt, size or format makes another picture", async () => {
  const hashes = await Promise.all([
    hashOf(start({ prompt: "a lake" })),
    hashOf(start({ prompt: "a lake" }, { seed: 2 })),
    hashOf(start({ prompt: "a city" })),
    hashOf(start({ prompt: "a lake", format: "webp" })),
  ]);
  expect(new Set(hashes).size).toBe(4);
});

test("a picture has the size and the type that were asked for", async () => {
  expect(await sharp(await bytesOf(start({ prompt: "the sea", size: "768x512" }))).metadata()).toMatchObject({ width: 768, height: 512, format: "png" });
  expect(await sharp(await bytesOf(start({ prompt: "the sea", size: "512x768", format: "webp" }))).metadata()).toMatchObject({
    width: 512,
    height: 768,
    format: "webp",
  });
});

test("progress rises and tells no more than is done, and the caller is never held up", async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const shares: number[] = [];
  await start({ prompt: "autumn forest", size: "1024x1024" }, { onProgress: (share) => shares.push(share) });
  delay.disable();
  expect(shares.length).toBeGreaterThan(10);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeLessThanOrEqual(1);
  expect(delay.percentile(50) / 1e6).toBeLessThan(100);
});

test("an abort ends the painting, and the next one is painted all the same", async () => {
  const stop = new AbortController();
  const painting = start({ prompt: "the sea", size: "2048x2048" }, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
  await expect(painting).rejects.toThrow("enough");
  expect((await bytesOf(start({ prompt: "the sea" }))).length).toBeGreaterThan(1000);
});

test.each([
  ["Tokyo skyline at night in the rain", { subject: "city", hour: "night", rain: true }],
  ["a calm sea at sunset", { subject: "sea", hour: "golden" }],
  ["snowy mountains under the northern lights", { subject: "mountains", season: "winter", aurora: true, hour: "night" }],
  ["misty pine forest in the morning", { subject: "forest", fog: true, hour: "dawn" }],
  ["a teal dream", { subject: "abstract", tint: "#1f8a8c" }],
  ["xyzzy", { subject: "abstract" }],
])("%s is understood", (prompt, scene) => {
  expect(readPrompt(prompt, 1, "auto")).toMatchObject(scene);
});

test("a style outranks the prompt", () => {
  expect(readPrompt("the sea", 1, "desert").subject).toBe("desert");
});

test("the manifest is valid, and every size that it offers has a price", () => {
  const model = ModelManifest.parse(manifest);
  const { size } = model.params["properties"] as { size: { enum: string[] } };
  for (const offered of size.enum) expect(creditsPerOutput(model.price, { size: offered })).toBeGreaterThan(0);
  expect(creditsPerOutput(model.price, { size: "1024x1024" })).toBe(4);
  expect(creditsPerOutput(model.price, { size: "1280x1024" })).toBe(5);
});
