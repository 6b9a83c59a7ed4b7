import sharp from "sharp";
import { expect, test } from "vitest";
import { createDemoProvider } from "@cooly/drivers/provider/demo";
import { launchChromium } from "./chromium.ts";

interface Played {
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  /** The picture that was shown first, and the one after a seek, as RGB of 64 by 36 pixels. */
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

async function makeFilm(input: Record<string, unknown>, startFrame?: Uint8Array): Promise<Uint8Array> {
  const provider = createDemoProvider({ threads: 1 });
  const nothing = (): void => undefined;
  const job = {
    outputId: "o",
    attempt: 1,
    key: "o",
    upstreamId: "animator",
    request: startFrame === undefined ? {} : { start_frame: { mime: "image/png", name: "start.png", bytes: startFrame } },
    input,
    seed: 3,
    sending: async () => undefined,
    insist: nothing,
    progress: nothing,
  };
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

/** What a page does with its film, by name. */
const script = `
  const video = document.querySelector("video");
  const heard = (name) =>
    new Promise((resolve, reject) => {
      video.addEventListener(name, resolve, { once: true });
      video.addEventListener("error", () => reject(new Error(video.error?.message ?? "error")), { once: true });
    });
  // What lies there before is not white either.
  const presented = () => new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  async function load(base64) {
    const loaded = [heard("loadedmetadata"), heard("loadeddata"), presented()];
    video.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "video/mp4" }));
    await Promise.all(loaded);
    return { duration: video.duration, width: video.videoWidth, height: video.videoHeight };
  }
  async function seek(seconds) {
    const seeked = [heard("seeked"), presented()];
    video.currentTime = seconds;
    await Promise.all(seeked);
    return video.currentTime;
  }
  async function playOut() {
    const ended = heard("ended");
    await video.play();
    await ended;
    return video.ended;
  }
`;

async function play(bytes: Uint8Array): Promise<Played> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const style = "display:block; width:64px; height:36px; object-fit:fill";
    await page.setContent(`<body style="margin:0"><video muted playsinline style="${style}"></video><script>${script}</script>`);
    // A frame is drawn a moment after it is there.
    const shown = async (before: readonly number[]): Promise<number[]> => {
      let seen: number[] = [];
      const look = async (): Promise<number> => {
        seen = [
          ...(await sharp(await page.locator("video").screenshot())
            .removeAlpha()
            .raw()
            .toBuffer()),
        ];
        return difference(seen, before);
      };
      await expect.poll(look).toBeGreaterThan(1);
      return seen;
    };
    const white = Array.from({ length: 64 * 36 * 3 }, () => 255);
    const known = await page.evaluate<Pick<Played, "duration" | "width" | "height">>(`load("${Buffer.from(bytes).toString("base64")}")`);
    const first = await shown(white);
    const sought = await page.evaluate<number>("seek(1.5)");
    const second = await shown(first);
    return { ...known, frames: [first, second], sought, ended: await page.evaluate<boolean>("playOut()") };
  } finally {
    await browser.close();
  }
}

test("a film that begins with a given picture plays in a browser, can be sought in, and moves on", async () => {
  const seen = await play(await makeFilm({ prompt: "a quiet afternoon", size: "1280x720", duration: 2 }, new Uint8Array(given)));
  expect(seen).toMatchObject({ width: 1280, height: 720, ended: true });
  expect(seen.duration).toBeCloseTo(2, 1);
  expect(seen.sought).toBeCloseTo(1.5, 1);
  const [first, second] = seen.frames as [number[], number[]];
  const wanted = await sharp(given).resize(64, 36, { fit: "fill" }).removeAlpha().raw().toBuffer();
  expect(difference(first, [...wanted])).toBeLessThan(4);
  expect(difference(first, second)).toBeGreaterThan(2);
});

test("a painted film plays too, upright", async () => {
  const seen = await play(await makeFilm({ prompt: "a calm sea at sunset", size: "720x1280", duration: 2 }));
  expect(seen).toMatchObject({ width: 720, height: 1280, ended: true });
  expect(difference(seen.frames[0]!, seen.frames[1]!)).toBeGreaterThan(1);
});
