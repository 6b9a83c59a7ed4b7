/** Files in the studio: chosen, dropped, put in order, drawn on; and a generation that uses them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cooly } from "../running-server.ts";
import { look } from "./looks.ts";
import { generations, openStudio, START_MS, type Studio, type Visit } from "./studio.ts";

const LONG_MS = 180_000;
const ui = (label: string, control: string, order: number) => ({ label, group: "main", control, order });
const asFile = (to: string, more: object = {}) => ({ to: `files.${to}`, as: "file", ...more });

/** The demo painter, who is given files and does not look at them. */
const model = {
  id: "test/editor",
  version: 1,
  name: "Editor",
  kind: "image",
  description: "Takes every kind of file.",
  outputs: { max: 4, default: 1 },
  params: {
    type: "object",
    additionalProperties: false,
    required: ["prompt"],
    properties: {
      prompt: { type: "string", maxLength: 2000, "x-ui": { label: "Prompt", group: "prompt", control: "prompt", order: 0 } },
      size: { type: "string", default: "512x512", enum: ["512x512", "768x512"], "x-ui": ui("Size", "size", 1) },
      image: { type: "object", "x-ui": { ...ui("Picture to edit", "image", 2), help: "What is drawn anew." } },
      mask: { type: "object", "x-ui": { ...ui("Mask", "mask", 3), mask_of: "image" } },
      references: { type: "array", items: { type: "object" }, maxItems: 3, "x-ui": ui("References", "image-list", 4) },
      start_frame: { type: "object", "x-ui": ui("Start frame", "frame", 5) },
      voice: { type: "object", "x-ui": ui("Voice", "audio", 6) },
    },
  },
  price: { kind: "per_output", credits: 1 },
  lifecycle: { status: "active", retire_at: null, replacement: null },
  deadline_seconds: 60,
  routes: [
    {
      provider: "demo",
      upstream_id: "painter",
      map: {
        params: {
          prompt: { to: "prompt" },
          size: { to: "size" },
          image: { to: "picture", as: "data_uri" },
          mask: asFile("mask", { mask: "alpha" }),
          references: asFile("references"),
          start_frame: asFile("start"),
          voice: asFile("voice"),
        },
      },
    },
  ],
};

let studio: Studio;
let maker: Visit;
let page: Page;

beforeAll(async () => {
  studio = await openStudio();
  const file = join(studio.home, "editor.json");
  await writeFile(file, JSON.stringify(model));
  cooly(studio.home, "model", "add", file, "--json");
  maker = await studio.openAs("giver", 100);
  page = maker.page;
  await page.goto("/");
  await page.getByTestId("model-chip").click();
  await page.getByText("Editor", { exact: true }).click();
  await openSettings();
}, START_MS);
afterAll(() => studio.close(), START_MS);

async function openSettings(): Promise<void> {
  if (!(await page.getByText("Picture to edit", { exact: true }).isVisible())) await page.getByRole("button", { name: /^More/ }).first().click();
}

async function closeDialogs(): Promise<void> {
  for (let open = await page.getByRole("dialog").count(); open > 0; open = await page.getByRole("dialog").count()) {
    await page.keyboard.press("Escape");
    await page.waitForTimeout(300);
  }
}

const field = (label: string) => page.getByRole("group", { name: label, exact: true });
const shade = (background: string, name: string) =>
  sharp({ create: { width: 900, height: 600, channels: 3, background } })
    .png()
    .toBuffer()
    .then((buffer) => ({ name, mimeType: "image/png", buffer }));
const choose = async (label: string, ...files: Awaited<ReturnType<typeof shade>>[]) => field(label).locator("input[type=file]").setInputFiles(files);
const cards = (label: string) => field(label).getByRole("button", { name: /^Remove/ });

test("empty, with a word for what each is", { timeout: LONG_MS }, async () => {
  await look(page, "files-empty", { before: openSettings });
});

test("a picture is sent, looked at and shown; what is refused is said in words", { timeout: LONG_MS }, async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await choose("Picture to edit", { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await field("Picture to edit").getByRole("alert").getByText("This kind of file is not taken here").waitFor();
  await choose("Picture to edit", await shade("#7a5c3e", "boat.png"));
  await field("Picture to edit").getByText("900 × 600").waitFor();
  expect(await field("Picture to edit").locator("img").getAttribute("alt")).toBe("Picture to edit");
});

test("several are sent, no more than the model takes, and change places", { timeout: LONG_MS }, async () => {
  const colors = ["#803030", "#308030", "#303080", "#808080"];
  await choose("References", ...(await Promise.all(colors.map((color, at) => shade(color, `${at}.png`)))));
  await expect.poll(() => cards("References").count(), { timeout: 30_000 }).toBe(3);
  await field("References").getByText("No more than 3 here.").waitFor();
  const first = () => field("References").locator("img").first().getAttribute("src");
  const before = await first();
  await field("References").getByRole("button", { name: "Move towards the end" }).first().click();
  await expect.poll(first).not.toBe(before);
  await cards("References").last().click();
  await expect.poll(() => cards("References").count()).toBe(2);
});

/** How many points of what is shown are drawn on. */
const countDrawn = `(() => {
  const { width, height } = document.querySelector("[data-testid=mask-canvas]");
  const points = document.querySelector("[data-testid=mask-canvas]").getContext("2d").getImageData(0, 0, width, height).data;
  return points.filter((value, at) => at % 4 === 3 && value > 0).length;
})()`;

test("a mask is drawn over the picture, by pointer and by keys, and taken back", { timeout: LONG_MS }, async () => {
  const canvas = page.getByTestId("mask-canvas");
  const save = page.getByRole("button", { name: "Use this mask" });
  const drawn = () => page.evaluate<number>(countDrawn);
  const draw = async (): Promise<void> => {
    await field("Mask").getByRole("button", { name: "Draw a mask" }).click();
    await canvas.waitFor();
    const isBlank = (await drawn()) === 0;
    expect(await save.getAttribute("aria-disabled")).toBe(isBlank ? "true" : "false");
    const { x, y, width, height } = (await canvas.boundingBox())!;
    await page.mouse.move(x + width / 4, y + height / 4);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height / 2, { steps: 5 });
    await page.mouse.up();
    await expect.poll(drawn).toBeGreaterThan(1000);
  };
  await draw();
  const byPointer = await drawn();
  await canvas.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "]", "]", "Space"]) await page.keyboard.press(key);
  await expect.poll(drawn).toBeGreaterThan(byPointer);
  await page.keyboard.press("Control+z");
  await expect.poll(drawn).toBe(byPointer);
  // The settings of a narrow window are others than those of a wide one.
  const anew = async (): Promise<void> => {
    await closeDialogs();
    await openSettings();
    await draw();
  };
  await look(page, "files-mask", { before: anew });
  await page.setViewportSize({ width: 1440, height: 900 });
  await anew();
  await save.click();
  await field("Mask").getByText("900 × 600").waitFor();
});

test("all of it is used for a generation, is told with it, and comes back with its recipe", { timeout: LONG_MS }, async () => {
  await look(page, "files-given", { before: openSettings });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByTestId("prompt").fill("A boat at dawn");
  await page.getByTestId("create").click();
  await page.locator("[data-testid=card][data-status=delivered]").first().waitFor();
  const [generation] = await generations(page);
  expect(generation!.input).toMatchObject({ image: { upload: expect.stringMatching(/^upl_/) }, mask: { upload: expect.stringMatching(/^upl_/) } });
  expect(generation!.input["references"]).toHaveLength(2);
  await page.locator("[data-tile]").first().click();
  await page.getByText("2 files").waitFor();
  await page.getByRole("button", { name: "Use as reference" }).click();
  await expect.poll(async () => field("Picture to edit").getByText("512 × 512").count(), { timeout: 30_000 }).toBe(1);
  expect(maker.errors.filter((line) => !line.includes("415"))).toEqual([]);
  expect(maker.foreign).toEqual([]);
});
