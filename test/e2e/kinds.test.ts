/** A film and a voice, from the order to what plays in the studio. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { GenerationView } from "@cooly/contract";
import { look } from "./looks.ts";
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

test("a film is delivered as it was ordered, shows its poster in the gallery, and its page plays it", async () => {
  const film = await made("demo/animator", { prompt: "a calm sea at sunset", size: "960x960", duration: 2 });
  expect(film.outputs[0]).toMatchObject({ mime: "video/mp4", width: 960, height: 960, duration_ms: 2000 });
  await page.goto("/gallery");
  const tile = page.locator(`[data-generation="${film.id}"]`);
  await expect.poll(() => page.evaluate<number>(`document.querySelector('[data-generation="${film.id}"] img')?.naturalWidth ?? 0`)).toBe(512);
  expect(await tile.getByTestId("sign").textContent()).toBe("0:02");
  expect(await tile.locator("a[data-tile]").getAttribute("aria-label")).toBe("a calm sea at sunset. Delivered, 0:02");
  await page.goto(`/g/${film.id}`);
  await expect.poll(() => lasting("video")).toBeCloseTo(2, 1);
});

test("a voice is delivered as it was ordered, shows how loud it is, and its page plays it", async () => {
  const voice = await made("demo/speaker", { prompt: "The sea is calm tonight." });
  expect(voice.outputs[0]).toMatchObject({ mime: "audio/mpeg", width: null, height: null, thumbnail_url: null });
  await page.goto("/gallery");
  await page.locator(`[data-generation="${voice.id}"]`).getByTestId("waveform").waitFor();
  await page.goto(`/g/${voice.id}`);
  await expect.poll(() => lasting("audio")).toBeGreaterThan(1);
  const player = page.getByRole("group", { name: "The sea is calm tonight." });
  const position = player.getByRole("slider", { name: "Position" });
  expect(await position.getAttribute("aria-valuetext")).toMatch(/^0:00 of 0:0[1-9]$/);
  await player.getByRole("button", { name: "Play" }).click();
  await expect.poll(() => position.inputValue().then(Number)).toBeGreaterThan(0.2);
  await player.getByRole("button", { name: "Pause" }).click();
  expect(await page.evaluate("document.querySelector('audio').paused")).toBe(true);
  // Part of it is drawn as heard, and keys move in it without leaving the page.
  expect(await page.evaluate("getComputedStyle(document.querySelectorAll('[role=group] [data-testid=waveform] path')[1]).clipPath")).toMatch(/^inset\(/);
  await position.focus();
  await page.keyboard.press("Home");
  expect(await page.evaluate("document.querySelector('audio').currentTime")).toBe(0);
  await page.keyboard.press("ArrowRight");
  expect(await page.evaluate<number>("document.querySelector('audio').currentTime")).toBeGreaterThan(0);
  expect(new URL(page.url()).pathname).toBe(`/g/${voice.id}`);
  await look(page, "voice");
  await page.goto("/gallery");
  await page.getByTestId("waveform").first().waitFor();
  await look(page, "gallery-kinds");
  expect(visit.errors).toEqual([]);
});
