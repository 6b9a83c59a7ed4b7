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
    request: {},
    seed: options.seed ?? 1,
    sending: async () => undefined,
    insist: () => undefined,
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
  ["a teal dream", { subject: "abstract", palette: ["#1f8a8c"] }],
  ["xyzzy", { subject: "abstract", palette: [], mood: [] }],
  ["a mountain lake", { subject: "mountains", water: "lake" }],
  ["a lake", { subject: "mountains", water: "lake" }],
  ["a pond in the birch wood", { subject: "forest", water: "lake" }],
  ["a river between the hills", { subject: "mountains", water: "river" }],
  ["city by the river at blue hour", { subject: "city", water: "river", hour: "dusk", palette: [] }],
  ["a lighthouse on a cliff above the ocean", { subject: "sea", water: "sea", lighthouse: true }],
  ["sailing boats at golden hour", { subject: "sea", boat: true, hour: "golden", palette: [] }],
  ["desert dunes under the milky way", { subject: "desert", hour: "night" }],
  ["poppies in a summer meadow at noon", { subject: "meadow", season: "summer", hour: "day", flowers: ["#d8342c", "#e84a34", "#c82a30"] }],
  ["cherry blossom trees", { subject: "forest", season: "spring", blossom: true }],
  ["autumn forest in the rain", { subject: "forest", season: "autumn", rain: true }],
  ["a blizzard in the alps", { subject: "mountains", season: "winter", snowfall: true }],
  ["a thunderstorm at sea", { subject: "sea", stormy: true, thunder: true }],
  ["a ringed planet", { subject: "space", ringed: true }],
  ["an abstract flow field in teal and orange", { subject: "abstract", manner: "flow", palette: ["#1f8a8c", "#e8822a"] }],
  ["layered paper waves", { subject: "abstract", manner: "waves" }],
  ["a geometric pattern", { subject: "abstract", manner: "geometry" }],
  ["ink marbling", { subject: "abstract", manner: "marble" }],
  ["a red bicycle", { subject: "abstract", manner: "shapes", palette: ["#c8352c"] }],
  ["a train", { subject: "abstract", rain: false }],
])("%s is understood", (prompt, scene) => {
  expect(readPrompt(prompt, 1, "auto")).toMatchObject(scene);
});

test.each(["a red bicycle", "red mountains at noon", "a red planet", "a red city at night"])("%s is redder than the same picture in blue", async (prompt) => {
  const redness = async (text: string): Promise<number> => {
    const { channels } = await sharp(await bytesOf(start({ prompt: text }))).stats();
    return channels[0]!.mean - channels[2]!.mean;
  };
  expect(await redness(prompt)).toBeGreaterThan((await redness(prompt.replace("red", "blue"))) + 8);
});

test.each(["the sea", "mountains", "a city", "a forest", "a desert", "a meadow", "space", "abstract"])(
  "%s fills every shape and has light and dark in it",
  async (prompt) => {
    for (const size of ["288x288", "252x448", "480x200"]) {
      const { channels, isOpaque } = await sharp(await bytesOf(start({ prompt, size }))).stats();
      expect(isOpaque).toBe(true);
      expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(12);
    }
  },
);

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
