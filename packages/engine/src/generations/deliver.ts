import type { Readable } from "node:stream";
import { newUuid } from "@cooly/contract";
import { MediaUnusable, type MediaInspector, type ObjectStore, type Result } from "../ports/index.ts";
import type { Claimed } from "./leases.ts";
import type { StoredMedia } from "./settle.ts";

const MEDIA_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Copies what a provider delivered into storage, byte for byte, with a thumbnail beside it. The keys are new ones: if this
 * worker dies before the verdict is recorded, the sweeper deletes what no row points to.
 */
export async function deliver(
  { store, media }: { store: ObjectStore; media: MediaInspector },
  work: Claimed & { readonly stop: AbortController },
  result: Result,
): Promise<{ outcome: "stored"; media: StoredMedia; transferMs: number } | { outcome: "unusable"; why: string }> {
  const startedMs = performance.now();
  try {
    const bytes = result.body instanceof Uint8Array ? result.body : await collect(result.body);
    const seen = await media.inspect(bytes);
    const storageKey = `m/${work.account_id}/${newUuid()}`;
    const thumbnailKey = `${storageKey}.thumb`;
    const signal = work.stop.signal;
    const [original] = await Promise.all([
      store.put(storageKey, bytes, { mime: seen.mime, maxBytes: MEDIA_MAX_BYTES, signal }),
      store.put(thumbnailKey, seen.thumbnail, { mime: "image/webp", maxBytes: MEDIA_MAX_BYTES, signal }),
    ]);
    const { mime, width, height, durationMs, thumbhash } = seen;
    const stored = { storageKey, thumbnailKey, mime, width, height, durationMs, thumbhash, bytes: original.sizeBytes, sha256: original.sha256 };
    return { outcome: "stored", media: stored, transferMs: Math.round(performance.now() - startedMs) };
  } catch (error) {
    if (error instanceof MediaUnusable) return { outcome: "unusable", why: error.message };
    throw error;
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
