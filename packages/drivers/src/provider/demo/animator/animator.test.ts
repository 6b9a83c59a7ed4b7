import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { ModelManifest } from "@cooly/contract";
import type { Job, Started } from "@cooly/engine/ports";
import manifest from "../../../../../engine/src/catalogue/models/demo-animator.json" with { type: "json" };
import { createMediaInspector } from "../../../media/by-kind.ts";
import { createDemoProvider } from "../index.ts";

const provider = createDemoProvider({ threads: 2 });
afterAll(() => provider.close());

const inspector = createMediaInspector();

const PATIENCE_MS = 120_000;

function start(
  { start_frame: frame, ...input }: Record<string, unknown>,
  options: { signal?: AbortSignal; onProgress?: (share: number) => void } = {},
): Promise<Started> {
  const job: Job = {
    outputId: "o",
    attempt: 1,
    key: "o",
    upstreamId: "animator",
    request: frame === undefined ? {} : { start_frame: frame instanceof Uint8Array ? { mime: "image/png", name: "start.png", bytes: frame } : frame },
    input: { prompt: "a lake", size: "960x960", duration: 2, ...input },
    seed: 1,
    sending: async () => undefined,
    insist: () => undefined,
    progress: options.onProgress ?? (() => undefined),
  };
  return provider.start(job, options.signal ?? new AbortController().signal);
}

async function bytesOf(started: Promise<Started>): Promise<Buffer> {
  const seen = await started;
  if (seen.kind !== "delivered" || seen.result.from !== "bytes") throw new Error(JSON.stringify(seen));
  return Buffer.from(seen.result.body as Uint8Array);
}

test(
  "the same input makes the same film, of the size and length that were asked for, with its index first",
  async () => {
    const shares: number[] = [];
    const [one, other] = await Promise.all([
      bytesOf(start({ prompt: "ink in water" }, { onProgress: (share) => shares.push(share) })),
      bytesOf(start({ prompt: "ink in water" })),
    ]);
    expect(one.equals(other)).toBe(true);
    expect(await inspector.inspect(one)).toMatchObject({ kind: "video", mime: "video/mp4", width: 960, height: 960, durationMs: 2000 });
    expect(one.indexOf("moov")).toBeLessThan(one.indexOf("mdat"));
    // Whoever seeks has to be told where one can begin.
    expect(one.indexOf("stss")).toBeGreaterThan(0);
    expect(shares.length).toBeGreaterThan(40);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  },
  PATIENCE_MS,
);

test(
  "an abort ends a film while it is made, and the next one is made all the same",
  async () => {
    const stop = new AbortController();
    const making = start({ duration: 6 }, { signal: stop.signal, onProgress: (share) => share > 0.15 && stop.abort(new Error("enough")) });
    await expect(making).rejects.toThrow("enough");
    const picture = await sharp({ create: { width: 300, height: 500, channels: 3, background: "#336699" } })
      .webp()
      .toBuffer();
    const film = await bytesOf(start({ size: "720x1280", start_frame: new Uint8Array(picture) }));
    expect(await inspector.inspect(film)).toMatchObject({ width: 720, height: 1280, durationMs: 2000 });
  },
  PATIENCE_MS,
);

test(
  "the poster of a film is its first picture, in its colours; what the decoder does not know has none, and is a film all the same",
  async () => {
    const picture = await sharp({ create: { width: 1280, height: 720, channels: 3, background: "#336699" } })
      .png()
      .toBuffer();
    const film = await bytesOf(start({ size: "1280x720", start_frame: new Uint8Array(picture) }));
    const seen = await inspector.inspect(film);
    if (seen.thumbnail === null) throw new Error("no poster");
    expect(await sharp(seen.thumbnail).metadata()).toMatchObject({ format: "webp", width: 512, height: 288 });
    const middle = await sharp(seen.thumbnail).extract({ left: 250, top: 140, width: 1, height: 1 }).removeAlpha().raw().toBuffer();
    for (const [index, value] of [0x33, 0x66, 0x99].entries()) expect(Math.abs(middle[index]! - value)).toBeLessThan(12);
    expect(seen.thumbhash).toMatch(/^[A-Za-z0-9+/]{20,}=*$/);

    const bare = { ...seen, thumbnail: null, thumbhash: null };
    // Of the high profile, by its own word.
    const high = Buffer.from(film);
    high[high.indexOf("avcC") + 4 + 9] = 100;
    expect(await inspector.inspect(high)).toEqual(bare);
    // Noise where the first picture was.
    const noise = Buffer.from(film);
    const from = noise.indexOf("mdat") + 4;
    for (let at = from; at < from + 2000; at += 1) noise[at] = Math.imul(at, 40_503) & 0xff;
    expect(await inspector.inspect(noise)).toEqual(bare);
  },
  PATIENCE_MS,
);

test.each([
  ["a size that is not offered", { size: "4000x4000" }, "A film can have the sizes 1280x720, 720x1280, 960x960."],
  ["a film that is too long", { duration: 7 }, "A film can last 2 to 6 seconds."],
  ["a film of no length that can be told", { duration: "long" }, "A film can last 2 to 6 seconds."],
  ["a start frame that is no picture", { start_frame: new TextEncoder().encode("<svg/>") }, "The start frame cannot be read as a picture."],
  ["a start frame that is a name", { start_frame: "/etc/passwd" }, "The start frame must be the bytes of a picture."],
])("%s fails for good, with a sentence", async (_name, input, message) => {
  expect(await start(input)).toEqual({ kind: "failed", class: "permanent", message });
});

test("the manifest is valid and offers what can be made", () => {
  const { params } = ModelManifest.parse(manifest);
  expect(params["properties"]).toMatchObject({ size: { enum: ["1280x720", "720x1280", "960x960"] }, duration: { minimum: 2, maximum: 6 } });
});
