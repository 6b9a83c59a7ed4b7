import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { newUuid } from "@cooly/contract";
import { MediaUnusable, type Result } from "../ports/index.ts";
import type { Hand, Held } from "./hand.ts";
import { backoffSeconds } from "./retry.ts";
import type { StoredMedia } from "./settle.ts";

const MEDIA_MAX_BYTES = 64 * 1024 * 1024;
const PUTS_MAX = 5;

export type Delivered = { outcome: "stored"; media: StoredMedia; transferMs: number } | { outcome: "unusable"; why: string };

/**
 * Copies what a provider delivered into storage, byte for byte, with a thumbnail beside it. The keys are new ones: if this
 * worker dies before the verdict is recorded, the sweeper deletes what no row points to.
 */
export async function deliver({ store, media, downloads }: Hand, work: Held, result: Result): Promise<Delivered> {
  const startedMs = performance.now();
  const { signal } = work.stop;
  const put: typeof store.put = (key, body, options) => persist(() => store.put(key, body, options), signal);
  try {
    const body = result.from === "url" ? await downloads.open(result.url, signal) : result.body;
    const bytes = body instanceof Uint8Array ? body : await collect(body);
    const seen = await media.inspect(bytes);
    const storageKey = `m/${work.account_id}/${newUuid()}`;
    const thumbnailKey = `${storageKey}.thumb`;
    const [original] = await Promise.all([
      put(storageKey, bytes, { mime: seen.mime, maxBytes: MEDIA_MAX_BYTES, signal }),
      put(thumbnailKey, seen.thumbnail, { mime: "image/webp", maxBytes: MEDIA_MAX_BYTES, signal }),
    ]);
    const { mime, width, height, durationMs, thumbhash } = seen;
    const stored = { storageKey, thumbnailKey, mime, width, height, durationMs, thumbhash, bytes: original.sizeBytes, sha256: original.sha256 };
    return { outcome: "stored", media: stored, transferMs: Math.round(performance.now() - startedMs) };
  } catch (error) {
    if (error instanceof MediaUnusable) return { outcome: "unusable", why: error.message };
    throw error;
  }
}

// What was paid for is in memory only: a store that is away for a moment must not cost it.
async function persist<Stored>(put: () => Promise<Stored>, signal: AbortSignal): Promise<Stored> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await put();
    } catch (error) {
      if (failures === PUTS_MAX || signal.aborted) throw error;
      await sleep(backoffSeconds(failures) * 1000, undefined, { signal });
    }
  }
}

async function collect(body: Readable): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MEDIA_MAX_BYTES) throw new MediaUnusable("The result is larger than allowed.");
    parts.push(part);
  }
  return Buffer.concat(parts);
}
