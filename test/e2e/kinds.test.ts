/** A picture, a film and a voice: from the form of the studio, through the demo's makers, to what is seen, plays and says where it came from. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page, Route } from "playwright-core";
import sharp from "sharp";
import type { GenerationView, OutputView } from "@cooly/contract";
import { look } from "./looks.ts";
import { openStudio, post, START_MS, type Studio, type Visit } from "./studio.ts";

const LONG_MS = 240_000;
const MADE_MS = 120_000;
/** What a file of a maker that says nothing of itself is given. */
const WORD = "digitalsourcetype/trainedAlgorithmicMedia";
const WIDE = { width: 1440, height: 900 };

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

async function choose(model: string): Promise<void> {
  await page.setViewportSize(WIDE);
  await page.goto("/");
  await page.getByTestId("model-chip").click();
  await page.getByRole("option", { name: new RegExp(`^${model}`) }).click();
  await expect.poll(() => page.getByTestId("model-chip").getAttribute("aria-label")).toContain(model);
}

async function openSettings(): Promise<void> {
  if (!(await page.getByText("Start frame", { exact: true }).isVisible())) await page.getByRole("button", { name: /^More/ }).first().click();
}

const told = async (id: string): Promise<GenerationView> => (await (await page.request.get(`/v1/generations/${id}`)).json()) as GenerationView;

/** The one button, until what it promises stands among the results. */
async function press(prompt: string): Promise<GenerationView> {
  await page.getByTestId("prompt").fill(prompt);
  const [accepted] = await Promise.all([
    page.waitForResponse((reply) => reply.request().method() === "POST" && reply.url().endsWith("/v1/generations")),
    page.getByTestId("create").click(),
  ]);
  const { id } = (await accepted.json()) as GenerationView;
  await page.locator(`[data-generation="${id}"][data-status="delivered"]`).waitFor({ timeout: MADE_MS });
  return told(id);
}

/** From its tile among the results to its page. */
async function open({ id }: GenerationView): Promise<void> {
  await page.locator(`[data-generation="${id}"] a[data-tile]`).click();
  await page.getByTestId("stage").waitFor();
  expect(new URL(page.url()).pathname).toBe(`/g/${id}`);
}

const widthOf = (image: string): Promise<number> => page.evaluate<number>(`document.querySelector('${image}')?.naturalWidth ?? 0`);

/** What the file says of itself, and what its page says of the file. */
async function expectMarked({ outputs: [output] }: GenerationView): Promise<void> {
  expect(output!.provenance).toBe("marked");
  expect((await (await page.request.get(output!.url!)).body()).toString("latin1")).toContain(WORD);
  const origin = page.getByTestId("origin");
  await origin.getByText("Marked as made with AI (IPTC)").waitFor();
  await origin.getByText("The mark was added to its metadata here").waitFor();
}

test("a picture: chosen, pressed for, seen among the results and large", { timeout: LONG_MS }, async () => {
  await choose("Painter");
  const picture = await press("A lighthouse at dusk");
  expect(picture.outputs[0]).toMatchObject({ mime: "image/png", width: 1024, height: 1024, duration_ms: null });
  await expect.poll(() => widthOf(`[data-generation="${picture.id}"] img`)).toBeGreaterThan(0);
  await open(picture);
  await expect.poll(() => widthOf("[data-testid=stage] img:last-of-type")).toBe(1024);
  expect(await page.getByTestId("stage").locator("img").last().getAttribute("alt")).toBe("A lighthouse at dusk");
  await expectMarked(picture);
});

// A picture whose parts are known, with edges that a codec can keep.
const drawn = sharp({ create: { width: 1280, height: 720, channels: 3, background: "#2f6f9f" } }).composite([
  { input: { create: { width: 480, height: 300, channels: 3, background: "#d8b040" } }, left: 160, top: 120 },
  { input: { create: { width: 320, height: 200, channels: 3, background: "#a03028" } }, left: 800, top: 420 },
]);

interface Film {
  readonly ready: number;
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  readonly at: number;
  readonly error: string | null;
}

const film = (): Promise<Film> =>
  page.evaluate<Film>(`(({ readyState: ready, duration, videoWidth: width, videoHeight: height, currentTime: at, error }) =>
    ({ ready, duration, width, height, at, error: error && error.message }))(document.querySelector("video"))`);

/** What the film shows now, as RGB of 64 by 36 pixels. */
const frame = (): Promise<number[]> =>
  page.evaluate<number[]>(`(() => {
    const paper = new OffscreenCanvas(64, 36).getContext("2d");
    paper.drawImage(document.querySelector("video"), 0, 0, 64, 36);
    return [...paper.getImageData(0, 0, 64, 36).data].filter((_, at) => at % 4 !== 3);
  })()`);

/** While a film stands where it began, its poster may be in its place. */
const seek = (seconds: number): Promise<void> =>
  page.evaluate(`new Promise((resolve) => {
    const video = document.querySelector("video");
    video.addEventListener("seeked", () => resolve(), { once: true });
    video.currentTime = ${seconds};
  })`);

const difference = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, value, at) => sum + Math.abs(value - other[at]!), 0) / one.length;

test("a film that begins with a picture one gives: it plays, can be sought in, and moves on", { timeout: LONG_MS }, async () => {
  await choose("Animator");
  await openSettings();
  const given = await drawn.png().toBuffer();
  const start = page.getByRole("group", { name: "Start frame", exact: true });
  await start.locator("input[type=file]").setInputFiles([{ name: "shapes.png", mimeType: "image/png", buffer: given }]);
  await start.getByText("1280 × 720").waitFor();
  await page.getByRole("slider", { name: "Seconds" }).press("Home");
  await page.getByTestId("prompt").fill("a quiet afternoon");
  await look(page, "create-film", { before: openSettings });
  await page.setViewportSize(WIDE);
  const made = await press("a quiet afternoon");
  expect(made.input).toMatchObject({ size: "1280x720", duration: 2, start_frame: { upload: expect.stringMatching(/^upl_/) } });
  expect(made.outputs[0]).toMatchObject({ mime: "video/mp4", width: 1280, height: 720, duration_ms: 2000 });
  await open(made);
  await expect.poll(film).toMatchObject({ width: 1280, height: 720, error: null });
  await expect.poll(async () => (await film()).ready).toBeGreaterThanOrEqual(2);
  expect((await film()).duration).toBeCloseTo(2, 1);
  const wanted = await sharp(given).resize(64, 36, { fit: "fill" }).removeAlpha().raw().toBuffer();
  await seek(1.5);
  expect((await film()).at).toBeCloseTo(1.5, 1);
  const later = await frame();
  await seek(0);
  const first = await frame();
  expect(difference(first, [...wanted])).toBeLessThan(6);
  expect(difference(first, later)).toBeGreaterThan(2);
  await page.locator("video").click();
  await expect.poll(async () => (await film()).at).toBeGreaterThan(0.2);
  await page.locator("video").click();
  expect(await page.evaluate("document.querySelector('video').paused")).toBe(true);
  await expectMarked(made);
  await look(page, "film");
  // The settings were open beside the results: in a narrow window they would be a sheet above this.
  expect(await page.getByRole("heading", { name: "Settings" }).count()).toBe(0);
});

test("a painted film, upright: its poster and its length among the results, and it plays too", { timeout: LONG_MS }, async () => {
  await page.setViewportSize(WIDE);
  const { id } = await post<GenerationView>(page, "/v1/generations", {
    model: "demo/animator",
    input: { prompt: "a calm sea at sunset", size: "720x1280", duration: 2 },
  });
  await page.goto("/gallery");
  const tile = page.locator(`[data-generation="${id}"]`);
  await page.locator(`[data-generation="${id}"][data-status="delivered"]`).waitFor({ timeout: MADE_MS });
  expect((await told(id)).outputs[0]).toMatchObject({ width: 720, height: 1280, thumbnail_url: expect.any(String), thumbhash: expect.any(String) });
  // A poster is at most 512 on its longer side.
  await expect.poll(() => widthOf(`[data-generation="${id}"] img`)).toBe(288);
  expect(await tile.getByTestId("sign").textContent()).toBe("0:02");
  expect(await tile.locator("a[data-tile]").getAttribute("aria-label")).toBe("a calm sea at sunset. Delivered, 0:02");
  await open(await told(id));
  await expect.poll(film).toMatchObject({ width: 720, height: 1280, error: null });
  await expect.poll(async () => (await film()).ready).toBeGreaterThanOrEqual(2);
  await seek(1.5);
  const later = await frame();
  await seek(0);
  expect(difference(await frame(), later)).toBeGreaterThan(1);
});

test("a voice: chosen, pressed for, shows how loud it is, and its page plays it", { timeout: LONG_MS }, async () => {
  await choose("Speaker");
  expect(await page.getByTestId("prompt").getAttribute("placeholder")).toBe("Write what is to be heard");
  const voice = await press("The sea is calm tonight.");
  const [output] = voice.outputs;
  expect(output).toMatchObject({ mime: "audio/mpeg", width: null, height: null, thumbnail_url: null, thumbhash: null });
  await page.locator(`[data-generation="${voice.id}"]`).getByTestId("waveform").waitFor();
  await open(voice);
  await expect.poll(() => page.evaluate<number>("document.querySelector('audio').readyState")).toBeGreaterThanOrEqual(1);
  expect(await page.evaluate<number>("document.querySelector('audio').duration")).toBeCloseTo(output!.duration_ms! / 1000, 1);
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
  await expectMarked(voice);
  await look(page, "voice");
  await page.goto("/gallery");
  await page.getByTestId("waveform").first().waitFor();
  await look(page, "gallery-kinds");
});

const unseen = { thumbnail_url: null, thumbhash: null, waveform: null };

/** The demo's makers sign nothing, and what they make can be decoded: these are written into what the server answered. */
async function answerWith(change: Partial<OutputView>): Promise<void> {
  const altered = ({ outputs, ...rest }: GenerationView) => ({ ...rest, outputs: outputs.map((output) => ({ ...output, ...change })) });
  await page.route(/\/v1\/generations(\?|\/gen_)/, async (route: Route) => {
    const response = await route.fetch();
    const body = (await response.json()) as GenerationView | { readonly data: readonly GenerationView[] };
    return route.fulfill({ response, json: "data" in body ? { ...body, data: body.data.map(altered) } : altered(body) });
  });
}

test("of what its maker signed or marked that is said, and of what says nothing, nothing", { timeout: LONG_MS }, async () => {
  await page.setViewportSize(WIDE);
  const { data } = (await (await page.request.get("/v1/generations?limit=10")).json()) as { data: GenerationView[] };
  const voice = data.find(({ kind }) => kind === "audio")!;
  for (const [provenance, words] of [
    ["c2pa", "Carries Content Credentials (C2PA)"],
    ["source_type", "Nothing was added here."],
  ] as const) {
    await answerWith({ provenance });
    await page.goto(`/g/${voice.id}`);
    await page.getByTestId("origin").getByText(words).waitFor();
    await page.unrouteAll({ behavior: "wait" });
  }
  await answerWith({ ...unseen, provenance: null });
  await page.goto(`/g/${voice.id}`);
  await page.getByText("SHA-256", { exact: true }).waitFor();
  expect(await page.getByTestId("origin").count()).toBe(0);
});

test("what cannot be shown before it plays has a frame that says so, and no broken picture", { timeout: LONG_MS }, async () => {
  await page.unrouteAll({ behavior: "wait" });
  const pictures = new Set<string>();
  await answerWith(unseen);
  await page.goto("/gallery");
  const kinds = page.locator('[data-testid=card][data-status="delivered"]');
  await expect.poll(() => kinds.getByTestId("unseen").count()).toBe(3);
  for (const source of await kinds.locator("img").evaluateAll((images) => images.map((image) => image.getAttribute("src") ?? ""))) pictures.add(source);
  // The picture is still there: it is its own preview.
  expect(pictures.size).toBe(1);
  await look(page, "gallery-unseen");
  await page.unrouteAll({ behavior: "wait" });
  expect(visit.errors).toEqual([]);
  expect(visit.foreign).toEqual([]);
});
