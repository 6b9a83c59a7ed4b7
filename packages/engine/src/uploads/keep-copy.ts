import { createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { newUuid, type UploadPurpose } from "@cooly/contract";
import { PictureRefused, takePieces, type Landed, type ObjectStore, type PictureRefusal, type Pictures, type StoredObject } from "../ports/index.ts";
import { beside } from "./beside.ts";
import { fileKindOf, HEAD_BYTES, serves, type FileKind } from "./file-kind.ts";
import type { Copy } from "./upload-row.ts";

/** What is sent on to a vendor, whole and in memory, is no larger. */
export const COPY_MAX_BYTES = 32 * 1024 * 1024;

const refusals = {
  empty_file: "empty_file",
  file_too_large: "too_large",
  type_refused: "unsupported_media",
  size_refused: "size_refused",
  too_many_pixels: "too_many_pixels",
  too_many_frames: "too_many_frames",
  undecodable: "undecodable",
  mask_size_differs: "mask_size_differs",
} as const satisfies Record<PictureRefusal, string>;

export type FileRefusal = (typeof refusals)[PictureRefusal] | "content_mismatch" | "invalid_data_url";

/** A file that is not taken, by the file's own fault. */
export class FileRefused extends Error {
  readonly code: FileRefusal;

  constructor(code: FileRefusal, options?: { cause?: unknown }) {
    super(code, options);
    this.name = "FileRefused";
    this.code = code;
  }
}

export interface KeepParts {
  readonly store: ObjectStore;
  readonly pictures: Pictures;
}

/** What it is by its bytes, if that can serve. */
export async function kindOfLanded({ path, sizeBytes }: Landed, purpose: UploadPurpose): Promise<FileKind> {
  if (sizeBytes === 0) throw new FileRefused("empty_file");
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const kind = fileKindOf(buffer.subarray(0, bytesRead));
  if (kind === null || !serves(kind, purpose)) throw new FileRefused("unsupported_media");
  return kind;
}

/** Stores what is kept of a file that lies on this machine, under new keys. Throws `FileRefused` if it is the file's fault. */
export async function keepCopy(parts: KeepParts, landed: Landed, { accountId, purpose }: { accountId: string; purpose: UploadPurpose }): Promise<Copy> {
  const kind = await kindOfLanded(landed, purpose);
  const storageKey = `m/${accountId}/${newUuid()}`;
  return purpose === "audio" ? keepAudio(parts, landed, { storageKey, kind }) : keepPicture(parts, landed, { storageKey, purpose });
}

// Its tags stay in it: to take them out without a change to what is heard needs a writer for each container.
async function keepAudio({ store }: KeepParts, landed: Landed, { storageKey, kind }: { storageKey: string; kind: FileKind }): Promise<Copy> {
  const { sizeBytes } = landed;
  const { sha256 } = await store.put(storageKey, landed.open(), { mime: kind, maxBytes: sizeBytes, sizeBytes });
  return { storageKey, thumbnailKey: null, mime: kind, width: null, height: null, bytes: sizeBytes, sha256 };
}

async function keepPicture(
  { store, pictures }: KeepParts,
  { path }: Landed,
  { storageKey, purpose }: { storageKey: string; purpose: UploadPurpose },
): Promise<Copy> {
  const [into, small] = [beside(path, "copy"), beside(path, "small")];
  const thumbnailKey = `${storageKey}.thumb`;
  try {
    const { mime, width, height, sizeBytes } = await (purpose === "mask" ? pictures.examineMask({ path }, { into }) : pictures.examine({ path }, into));
    // A file may hold little and unpack to much.
    if (sizeBytes > COPY_MAX_BYTES) throw new FileRefused("too_many_pixels");
    await pictures.shrink({ path: into }, small);
    const stored = await putFile(store, into, { key: storageKey, mime });
    await putFile(store, small, { key: thumbnailKey, mime: "image/webp" });
    return { storageKey, thumbnailKey, mime, width, height, bytes: stored.sizeBytes, sha256: stored.sha256 };
  } catch (error) {
    throw error instanceof PictureRefused ? new FileRefused(refusals[error.code], { cause: error }) : error;
  } finally {
    await Promise.all([into, small].map((file) => rm(file, { force: true })));
  }
}

async function putFile(store: ObjectStore, path: string, { key, mime }: { key: string; mime: string }): Promise<StoredObject> {
  const { size: sizeBytes } = await stat(path);
  const file = createReadStream(path);
  try {
    return await store.put(key, takePieces(file), { mime, maxBytes: sizeBytes, sizeBytes });
  } finally {
    // A store that gives up lets go of the pieces, and not of the file.
    file.destroy();
  }
}
