/** One thread of the demo's: pictures, films and sounds by rule, each as a file. */
import { parentPort } from "node:worker_threads";
import sharp from "sharp";
import type { Film } from "./animator/film.ts";
import { paint, type Painting } from "./painter/paint.ts";

export type Order =
  | (Painting & { readonly kind: "picture"; readonly format: "png" | "webp" })
  | (Film & { readonly kind: "film" })
  | { readonly kind: "mp3"; readonly wave: Uint8Array };

/** `unusable`: what was given cannot be used, and no other try can do better. */
export type Reply = { readonly progress: number } | { readonly made: Uint8Array } | { readonly error: string; readonly unusable: boolean };

sharp.concurrency(1);
sharp.cache(false);
// What somebody gives as a picture is read as one of these or not at all.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: ["VipsForeignLoadPngBuffer", "VipsForeignLoadJpegBuffer", "VipsForeignLoadWebpBuffer"] });

const tell = (reply: Reply): void => parentPort!.postMessage(reply);

async function make(order: Order): Promise<Uint8Array> {
  // An encoder is loaded by a thread that needs it.
  if (order.kind === "film") return (await import("./animator/film.ts")).film(order, (progress) => tell({ progress }));
  if (order.kind === "mp3") return (await import("./speaker/mp3.ts")).toMp3(order.wave);
  return picture(order);
}

function picture({ format, ...painting }: Extract<Order, { kind: "picture" }>): Promise<Uint8Array> {
  const { width, height } = painting;
  const pixels = paint(painting, (share) => tell({ progress: share * 0.95 }));
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  // Dithered pixels hardly compress better for more effort.
  return format === "webp" ? image.webp({ quality: 92, effort: 2 }).toBuffer() : image.png({ compressionLevel: 5 }).toBuffer();
}

parentPort!.on("message", (order: Order) => {
  make(order).then(
    (made) => tell({ made }),
    (error: unknown) =>
      tell({ error: error instanceof Error ? error.message : String(error), unusable: error instanceof Error && error.name === "GivenUnusable" }),
  );
});
