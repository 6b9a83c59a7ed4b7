/** A film and a voice, from the order to what plays in the studio. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { GenerationView } from "@cooly/contract";
import { openStudio, START_MS, type Studio, type Visit } from "./studio.ts";

let studio: Studio;
let visit: Visit;
let page: Page;

beforeAll(async () => {
  studio = await openStudio();
  visit = await studio.openAs("kinds", 500);
  page = visit.page;
  await page.goto("/");
}, START_MS);
afterAll(() => studio.close());

const asked = (path: string, body?: object): Promise<GenerationView> =>
  page.evaluate<GenerationView>(
    `fetch(${JSON.stringify(path)}, ${JSON.stringify(
      body ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {},
    )}).then((reply) => reply.json())`,
  );

async function made(model: string, input: object): Promise<GenerationView> {
  const { id } = await asked("/v1/generations", { model, input });
  await expect.poll(async () => (await asked(`/v1/generations/${id}`)).status, { timeout: 90_000, interval: 500 }).toBe("succeeded");
  return asked(`/v1/generations/${id}`);
}

const lasting = (tag: string): Promise<number> => page.evaluate<number>(`document.querySelector("${tag}")?.duration || 0`);

test("a film is delivered as it was ordered, and its page plays it", async () => {
  const film = await made("demo/animator", { prompt: "a calm sea at sunset", size: "960x960", duration: 2 });
  expect(film.outputs[0]).toMatchObject({ mime: "video/mp4", width: 960, height: 960, duration_ms: 2000, thumbnail_url: null });
  await page.goto(`/g/${film.id}`);
  await expect.poll(() => lasting("video")).toBeCloseTo(2, 1);
});

test("a voice is delivered as it was ordered, and its page plays it", async () => {
  const voice = await made("demo/speaker", { prompt: "The sea is calm tonight." });
  expect(voice.outputs[0]).toMatchObject({ mime: "audio/mpeg", width: null, height: null, thumbnail_url: null });
  await page.goto(`/g/${voice.id}`);
  await expect.poll(() => lasting("audio")).toBeGreaterThan(1);
  expect(visit.errors).toEqual([]);
});
