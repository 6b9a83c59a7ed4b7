/** One painter's thread: pixels by rule, then a file. */
import { parentPort } from "node:worker_threads";
import sharp from "sharp";
import { paint, type Painting } from "./painter/paint.ts";

export interface Order extends Painting {
  readonly format: "png" | "webp";
}

export type Reply = { readonly progress: number } | { readonly picture: Uint8Array } | { readonly error: string };

sharp.concurrency(1);
sharp.cache(false);

async function make({ format, ...painting }: Order): Promise<Uint8Array> {
  const { width, height } = painting;
  const pixels = paint(painting, (share) => parentPort!.postMessage({ progress: share * 0.95 } satisfies Reply));
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  // Dithered pixels hardly compress better for more effort.
  return format === "webp" ? image.webp({ quality: 92, effort: 2 }).toBuffer() : image.png({ compressionLevel: 5 }).toBuffer();
}

parentPort!.on("message", (order: Order) => {
  make(order).then(
    (picture) => parentPort!.postMessage({ picture } satisfies Reply),
    (error: unknown) => parentPort!.postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies Reply),
  );
});
