import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { newUuid } from "@cooly/contract";
import { MediaUnusable, type MediaSource, type OpenPieces, type Pieces, type Result } from "../ports/index.ts";
import { factsOf, type Hand, type Held } from "./hand.ts";
import { backoffSeconds } from "./retry.ts";
import type { StoredMedia } from "./settle.ts";
import { growthOf, spliced } from "./spliced.ts";

export const MEDIA_MAX_BYTES = 256 * 1024 * 1024;
const PUTS_MAX = 5;

export type Delivered = { outcome: "stored"; media: StoredMedia; transferMs: number } | { outcome: "unusable"; why: string };

/**
 * Copies what a provider delivered into storage, byte for byte but for the word that a model made it, with a thumbnail beside it where there is one. The keys are new ones: if this
 * worker dies before the verdict is recorded, the sweeper deletes what no row points to.
 */
export async function deliver(hand: Hand, work: Held, result: Result): Promise<Delivered> {
  const startedMs = performance.now();
  try {
    const media = await fetchAndStore(hand, work, result);
    return { outcome: "stored", media, transferMs: Math.round(performance.now() - startedMs) };
  } catch (error) {
    if (error instanceof MediaUnusable) return { outcome: "unusable", why: error.message };
    throw error;
  }
}

async function fetchAndStore(hand: Hand, work: Held, result: Result): Promise<StoredMedia> {
  const body = result.from === "url" ? await hand.downloads.open(result.url, work.stop.signal) : result.body;
  return body instanceof Uint8Array ? store(hand, work, hold(body)) : landAndStore(hand, work, body);
}

/** What is to be stored: looked at where it lies, and read from its beginning as often as it takes. */
interface Parcel {
  readonly source: MediaSource;
  readonly open: () => Pieces | Uint8Array;
  readonly sizeBytes: number;
  /** What it is known to be before it is stored; null where it never left this process. */
  readonly sha256: string | null;
}

function hold(bytes: Uint8Array): Parcel {
  if (bytes.length > MEDIA_MAX_BYTES) throw new MediaUnusable("The result is larger than allowed.");
  return { source: bytes, open: () => bytes, sizeBytes: bytes.length, sha256: null };
}

// A stream passes once, and is wanted twice, and again for every retry: it waits on this machine's disk, not in its memory.
async function landAndStore(hand: Hand, work: Held, body: OpenPieces): Promise<StoredMedia> {
  const landed = await hand.scratch.land(body, { maxBytes: MEDIA_MAX_BYTES, signal: work.stop.signal });
  try {
    return await store(hand, work, { source: landed, open: () => landed.open(), sizeBytes: landed.sizeBytes, sha256: landed.sha256 });
  } finally {
    // What stays behind goes later; it must not cost what was stored.
    await landed.discard().catch((error: unknown) => hand.log.warn("gen-worker.discard_failed", { ...factsOf(work), error }));
  }
}

async function store(hand: Hand, work: Held, parcel: Parcel): Promise<StoredMedia> {
  const { store, media } = hand;
  const { signal } = work.stop;
  const { thumbnail, ...seen } = await media.inspect(parcel.source);
  const { provenance, open, sizeBytes, sha256 } = await withProvenance(hand, work, parcel);
  const limits = { maxBytes: MEDIA_MAX_BYTES, signal };
  const newKey = (): string => `m/${work.account_id}/${newUuid()}`;
  const original = persist(signal, async () => {
    const key = newKey();
    return { key, ...(await store.put(key, open(), { ...limits, sizeBytes, mime: seen.mime })) };
  });
  const small =
    thumbnail &&
    persist(signal, async () => {
      const key = `${newKey()}.thumb`;
      await store.put(key, thumbnail, { ...limits, sizeBytes: thumbnail.length, mime: "image/webp" });
      return key;
    });
  // While one of them is still being read, nothing may be discarded.
  await Promise.allSettled([original, small]);
  const [stored, thumbnailKey] = await Promise.all([original, small]);
  if (sha256 !== null && stored.sha256 !== sha256) throw new Error("storage took other bytes than were landed");
  const waveform = seen.kind === "audio" ? seen.waveform : null;
  return { ...seen, waveform, provenance, storageKey: stored.key, thumbnailKey, bytes: stored.sizeBytes, sha256: stored.sha256 };
}

/** With the word in it that a model made it, where nobody has said so. */
async function withProvenance(hand: Hand, work: Held, parcel: Parcel): Promise<Parcel & Pick<StoredMedia, "provenance">> {
  const found = await hand.provenance?.read(parcel.source).catch((error: unknown) => {
    // It was seen to be sound: what cannot be read in this way is kept as it is.
    hand.log.warn("gen-worker.provenance_failed", { ...factsOf(work), error });
    return null;
  });
  const splices = found?.splices;
  if (!found || !splices) return { ...parcel, provenance: found?.says ?? null };
  const { source, open, sha256 } = parcel;
  const sizeBytes = parcel.sizeBytes + growthOf(splices);
  if (!(source instanceof Uint8Array)) {
    return { source, sizeBytes, sha256: null, open: () => spliced(checked(open() as Pieces, sha256), splices), provenance: "marked" };
  }
  const marked = new Uint8Array(sizeBytes);
  let at = 0;
  for await (const piece of spliced([source] as unknown as Pieces, splices)) {
    marked.set(piece, at);
    at += piece.length;
  }
  return { source: marked, sizeBytes, sha256: null, open: () => marked, provenance: "marked" };
}

/** Fails at the end if they are not those that were landed. */
async function* checked(pieces: Pieces, sha256: string | null): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  if (sha256 !== null && hash.digest("hex") !== sha256) throw new Error("what lay on this machine is not what was landed");
}

// What was paid for is on this machine only: a store that is away for a moment must not cost it. Each try has a key of its own,
// as what the last one left may be cleared away when the next has come.
async function persist<Stored>(signal: AbortSignal, put: () => Promise<Stored>): Promise<Stored> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await put();
    } catch (error) {
      if (failures === PUTS_MAX || signal.aborted) throw error;
      await sleep(backoffSeconds(failures) * 1000, undefined, { signal });
    }
  }
}
