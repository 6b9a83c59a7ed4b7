/** A film and a voice, ordered and read over HTTP, made by the demo and looked at as everything that is delivered. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAdvance, openCatalogue, type Advance } from "@cooly/engine";
import { fromPublicId, type GenerationView, type OutputView } from "@cooly/contract";
import { createHttpDownloads } from "@cooly/drivers/download/http";
import { createMediaInspector } from "@cooly/drivers/media/by-kind";
import { createDemoProvider } from "@cooly/drivers/provider/demo";
import { openFilesystemScratch } from "@cooly/drivers/scratch/filesystem";
import { drawn } from "../../../../packages/drivers/test/crafted-pictures.ts";
import { keyWith, openGround, openHouse, silent, type Ground, type House } from "../api/fixture.ts";

let ground: Ground;
let house: House;
let folder: string;
let advance: Advance;
let bearer: Record<string, string>;
const demo = createDemoProvider({ threads: 1 });
const shipped = openCatalogue({ providers: new Set(["demo"]) });

beforeAll(async () => {
  ground = await openGround();
  house = await openHouse(ground);
  folder = await mkdtemp(join(tmpdir(), "cooly-kinds-"));
  bearer = await keyWith(house, 500);
  advance = createAdvance({
    ...ground,
    providers: new Map([["demo", demo]]),
    catalogue: { version: async (id) => shipped.find(id) ?? null },
    downloads: createHttpDownloads(),
    scratch: await openFilesystemScratch({ directory: folder }),
    media: createMediaInspector(),
    log: silent,
  });
});
afterAll(async () => {
  await demo.close();
  await house.close();
  await ground.close();
  await rm(folder, { recursive: true });
});

async function made(model: string, input: object): Promise<OutputView> {
  const accepted = (await (await house.post("/v1/generations", { model, input }, bearer)).json()) as GenerationView;
  for (const { id } of accepted.outputs) await advance.handle({ outputId: fromPublicId("output", id)!, attempt: 0 });
  const generation = (await (await house.get(`/v1/generations/${accepted.id}`, bearer)).json()) as GenerationView;
  expect(generation).toMatchObject({ status: "succeeded", model });
  return generation.outputs[0]!;
}

test("of a film its size, its length and its poster are told, and the poster is a picture", async () => {
  const film = await made("demo/animator", { prompt: "a calm sea", size: "720x1280", duration: 2 });
  expect(film).toMatchObject({ mime: "video/mp4", width: 720, height: 1280, duration_ms: 2000, waveform: null });
  expect(film.thumbhash).toMatch(/^[A-Za-z0-9+/]{20,}=*$/);
  const poster = await house.get(film.thumbnail_url!);
  expect([poster.status, poster.headers.get("content-type")]).toEqual([200, "image/webp"]);
  expect((await poster.arrayBuffer()).byteLength).toBeGreaterThan(1000);
}, 60_000);

test("a film begins with the frame that was given for it", async () => {
  const frame = await drawn(640, 640).png().toBuffer();
  const film = await made("demo/animator", {
    prompt: "a calm sea",
    size: "960x960",
    duration: 2,
    start_frame: { url: `data:image/png;base64,${frame.toString("base64")}` },
  });
  const poster = Buffer.from(await (await house.get(film.thumbnail_url!)).arrayBuffer());
  const { dominant } = await sharp(poster).stats();
  // #336699, as far as a film keeps it.
  for (const [value, given] of [
    [dominant.r, 0x33],
    [dominant.g, 0x66],
    [dominant.b, 0x99],
  ] as const)
    expect(Math.abs(value - given)).toBeLessThan(24);
}, 60_000);

test.each([
  ["wav", "audio/wav"],
  ["mp3", "audio/mpeg"],
])(
  "of a voice as %s its length and its peaks are told, and no size",
  async (format, mime) => {
    const voice = await made("demo/speaker", { prompt: "The sea is calm tonight.", format });
    expect(voice).toMatchObject({ mime, width: null, height: null, thumbnail_url: null, thumbhash: null });
    expect(voice.duration_ms).toBeGreaterThan(1000);
    const peaks = [...Buffer.from(voice.waveform!, "base64")];
    expect(peaks).toHaveLength(128);
    expect(Math.max(...peaks)).toBeGreaterThan(40);
    expect((await house.get(voice.url!)).headers.get("content-type")).toBe(mime);
  },
  60_000,
);

test("of a picture there are no peaks and no length", async () => {
  expect(await made("demo/painter", { prompt: "a lighthouse", size: "512x512" })).toMatchObject({
    mime: "image/png",
    width: 512,
    height: 512,
    duration_ms: null,
    waveform: null,
  });
}, 60_000);
