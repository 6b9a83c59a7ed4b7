import sharp from "sharp";
import { expect, test } from "vitest";
import { createDemoProvider } from "@cooly/drivers/provider/demo";
import { launchChromium } from "./chromium.ts";

interface Played {
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  /** The picture that was shown first, and the one after a seek, as RGBA of 64 by 36 pixels. */
  readonly frames: readonly (readonly number[])[];
  readonly sought: number;
  readonly ended: boolean;
}

// A picture whose parts are known, with edges that a codec can keep.
const given = await sharp({ create: { width: 1280, height: 720, channels: 3, background: "#2f6f9f" } })
  .composite([
    { input: { create: { width: 480, height: 300, channels: 3, background: "#d8b040" } }, left: 160, top: 120 },
    { input: { create: { width: 320, height: 200, channels: 3, background: "#a03028" } }, left: 800, top: 420 },
  ])
  .png()
  .toBuffer();

async function makeFilm(input: Record<string, unknown>): Promise<Uint8Array> {
  const provider = createDemoProvider({ threads: 1 });
  const nothing = (): void => undefined;
  const job = { outputId: "o", attempt: 1, key: "o", upstreamId: "animator", input, seed: 3, sending: async () => undefined, insist: nothing, progress: nothing };
  try {
    const started = await provider.start(job, new AbortController().signal);
    if (started.kind !== "delivered" || started.result.from !== "bytes") throw new Error(JSON.stringify(started));
    return started.result.body as Uint8Array;
  } finally {
    await provider.close();
  }
}

const difference = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, value, at) => sum + Math.abs(value - other[at]!), 0) / one.length;

/** Run by the browser. */
const player = `async (base64) => {
  const video = document.querySelector("video");
  const heard = (name) =>
    new Promise((resolve, reject) => {
      video.addEventListener(name, resolve, { once: true });
      video.addEventListener("error", () => reject(new Error(video.error?.message ?? "error")), { once: true });
    });
  const drawing = new OffscreenCanvas(64, 36).getContext("2d", { willReadFrequently: true });
  // A frame is shown a moment after it is loaded, and until then it is empty, or the one before.
  const shown = async (before) => {
    for (const until = performance.now() + 10000; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const frame = await createImageBitmap(video).catch(() => null);
      if (frame === null) continue;
      drawing.drawImage(frame, 0, 0, 64, 36);
      const pixels = [...drawing.getImageData(0, 0, 64, 36).data];
      if (pixels[3] === 255 && pixels.join() !== before.join()) return pixels;
    }
    throw new Error("no other frame was shown");
  };
  const loaded = [heard("loadedmetadata"), heard("loadeddata")];
  video.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "video/mp4" }));
  await Promise.all(loaded);
  const first = await shown([]);
  const seeked = heard("seeked");
  video.currentTime = 1.5;
  await seeked;
  const sought = video.currentTime;
  const second = await shown(first);
  const ended = heard("ended");
  await video.play();
  await ended;
  return { duration: video.duration, width: video.videoWidth, height: video.videoHeight, frames: [first, second], sought, ended: video.ended };
}`;

async function play(bytes: Uint8Array): Promise<Played> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.setContent("<video muted playsinline></video>");
    return await page.evaluate<Played>(`(${player})("${Buffer.from(bytes).toString("base64")}")`);
  } finally {
    await browser.close();
  }
}

test("a film that begins with a given picture plays in a browser, can be sought in, and moves on", async () => {
  const seen = await play(await makeFilm({ prompt: "a quiet afternoon", size: "1280x720", duration: 2, start_frame: new Uint8Array(given) }));
  expect(seen).toMatchObject({ width: 1280, height: 720, ended: true });
  expect(seen.duration).toBeCloseTo(2, 1);
  expect(seen.sought).toBeCloseTo(1.5, 1);
  const [first, second] = seen.frames as [number[], number[]];
  const wanted = await sharp(given).resize(64, 36, { fit: "fill" }).ensureAlpha().raw().toBuffer();
  expect(difference(first, [...wanted])).toBeLessThan(4);
  expect(difference(first, second)).toBeGreaterThan(2);
});

test("a painted film plays too, upright", async () => {
  const seen = await play(await makeFilm({ prompt: "a calm sea at sunset", size: "720x1280", duration: 2 }));
  expect(seen).toMatchObject({ width: 720, height: 1280, ended: true });
  expect(difference(seen.frames[0]!, seen.frames[1]!)).toBeGreaterThan(1);
});
