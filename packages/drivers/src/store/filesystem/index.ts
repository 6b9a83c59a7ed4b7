import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, opendir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import type { ObjectStore, Pieces, PutOptions, SignedObject, StoredObject } from "@cooly/engine/ports";
import { writeWhole } from "../../file/whole.ts";

export interface FilesystemStoreOptions {
  /** Absolute; made if missing. */
  readonly directory: string;
  /** Where the API answers for the links, without a slash at the end. */
  readonly publicUrl: string;
  readonly secret: string;
}

const KEY = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;
const INCOMING = ".incoming";

/** Files below one directory. An object is written aside, synced and renamed, so that it is there whole or not at all. */
export function createFilesystemStore({ directory, publicUrl, secret }: FilesystemStoreOptions): ObjectStore {
  const signingKey = createHmac("sha256", secret).update("cooly media links").digest();
  const sign = (text: string): string => createHmac("sha256", signingKey).update(text).digest("base64url");
  let serial = 0;

  function pathOf(key: string): string {
    if (!KEY.test(key) || key.length > 300) throw new RangeError(`not a storage key: ${key}`);
    return join(directory, ...key.split("/"));
  }

  return {
    async put(key, body, options) {
      const path = pathOf(key);
      await Promise.all([mkdir(dirname(path), { recursive: true, mode: 0o700 }), mkdir(join(directory, INCOMING), { recursive: true, mode: 0o700 })]);
      const aside = join(directory, INCOMING, `${process.pid}-${Date.now().toString(36)}-${(serial += 1)}`);
      const file = await open(aside, "wx", 0o600);
      try {
        const stored = await write(file, body instanceof Uint8Array ? [body] : body, options);
        await rename(aside, path);
        await syncDirectory(dirname(path));
        return stored;
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
    },

    async open(key, range) {
      const path = pathOf(key);
      const found = await stat(path).catch(absent);
      if (!found?.isFile()) return null;
      return { sizeBytes: found.size, body: createReadStream(path, range ? { start: range.start, end: range.end } : {}) };
    },

    async stat(key) {
      const found = await stat(pathOf(key)).catch(absent);
      return found?.isFile() ? { sizeBytes: found.size } : null;
    },

    async remove(keys) {
      await Promise.all(keys.map((key) => rm(pathOf(key), { force: true })));
    },

    async *list(prefix) {
      const top = await opendir(directory, { recursive: true }).catch(absent);
      if (!top) return;
      for await (const entry of top) {
        const path = join(entry.parentPath, entry.name);
        const key = relative(directory, path).split(sep).join("/");
        if (!entry.isFile() || !key.startsWith(prefix) || key.startsWith(INCOMING)) continue;
        const found = await stat(path).catch(absent);
        if (found) yield { key, sizeBytes: found.size, modifiedAt: found.mtime };
      }
    },

    signedUrl(key, { expiresAt, mime, filename }) {
      pathOf(key);
      const query = new URLSearchParams({ e: String(Math.floor(expiresAt.getTime() / 1000)), t: mime });
      if (filename !== undefined) query.set("n", filename);
      const signed = `/media/${key}?${query.toString()}`;
      return `${publicUrl}${signed}&s=${sign(signed)}`;
    },

    openSigned(pathAndQuery, now): SignedObject | null {
      const match = /^(\/media\/([a-z0-9/._-]+)\?.*)&s=([A-Za-z0-9_-]{43})$/.exec(pathAndQuery);
      if (!match) return null;
      const [, signed, key, signature] = match as unknown as [string, string, string, string];
      if (!timingSafeEqual(Buffer.from(sign(signed)), Buffer.from(signature))) return null;
      const query = new URLSearchParams(signed.slice(signed.indexOf("?") + 1));
      if (Number(query.get("e")) * 1000 < now.getTime()) return null;
      return { key, mime: query.get("t") ?? "application/octet-stream", filename: query.get("n") };
    },
  };
}

/** One piece at a time, and then down to the platter. Closes the file. */
async function write(file: FileHandle, body: Iterable<Uint8Array> | Pieces, { maxBytes, signal }: PutOptions): Promise<StoredObject> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  try {
    if (signal && body instanceof Readable) addAbortSignal(signal, body);
    for await (const piece of body) {
      signal?.throwIfAborted();
      sizeBytes += piece.length;
      if (sizeBytes > maxBytes) throw new RangeError(`larger than ${maxBytes} bytes`);
      hash.update(piece);
      await writeWhole(file, piece);
    }
    signal?.throwIfAborted();
    await file.sync();
  } finally {
    await file.close();
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}

// The new name must survive a power cut as surely as the bytes do.
async function syncDirectory(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
