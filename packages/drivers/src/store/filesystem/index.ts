import { createReadStream } from "node:fs";
import { link, mkdir, open, opendir, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { ObjectStore, Pieces, PutOptions, StoredObject } from "@cooly/engine/ports";
import { writeWhole } from "../../file/whole.ts";
import { openIntake, type Intake } from "../intake.ts";
import { checkKey } from "../keys.ts";
import { createStoreLinks, type StoreLinksOptions } from "../links.ts";

export interface FilesystemStoreOptions extends StoreLinksOptions {
  /** Absolute; made if missing. */
  readonly directory: string;
}

const INCOMING = ".incoming";

/** Files below one directory. An object is written aside, synced and renamed, so that it is there whole or not at all. */
export function createFilesystemStore({ directory, ...links }: FilesystemStoreOptions): ObjectStore {
  const pathOf = (key: string): string => join(directory, ...checkKey(key).split("/"));
  const aside = createAside(directory);

  return {
    put: async (key, body, options) => aside(pathOf(key), { body, options }, rename),

    async create(key, body, mime) {
      try {
        // Two names for one file, where a name that is there already is refused.
        await aside(pathOf(key), { body, options: { mime, maxBytes: body.length } }, async (from, to) => {
          await link(from, to);
          await rm(from);
        });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
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

    // What dead processes were writing; nobody knows any more to which key it belonged.
    async abandonUploads(_prefix, before) {
      let abandoned = 0;
      for (const name of (await readdir(join(directory, INCOMING)).catch(absent)) ?? []) {
        const path = join(directory, INCOMING, name);
        const found = await stat(path).catch(absent);
        if (!found || found.mtime >= before) continue;
        await rm(path, { force: true });
        abandoned += 1;
      }
      return abandoned;
    },

    ...createStoreLinks(links),
  };
}

interface Incoming {
  readonly body: Pieces | Uint8Array;
  readonly options: PutOptions;
}

/** Writes a file where nobody looks, and moves it to its place. */
function createAside(directory: string) {
  let serial = 0;
  return async (path: string, { body, options }: Incoming, move: (from: string, to: string) => Promise<void>): Promise<StoredObject> => {
    const folder = join(directory, INCOMING);
    await Promise.all([dirname(path), folder].map((one) => mkdir(one, { recursive: true, mode: 0o700 })));
    const aside = join(folder, `${process.pid}-${Date.now().toString(36)}-${(serial += 1)}`);
    const intake = openIntake(body, options);
    try {
      await write(await open(aside, "wx", 0o600), intake);
      options.signal?.throwIfAborted();
      await move(aside, path);
      await syncDirectory(dirname(path));
      return intake.stored();
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    } finally {
      intake.giveUp();
    }
  };
}

/** One piece at a time, and then down to the platter. Closes the file. */
async function write(file: FileHandle, intake: Intake): Promise<void> {
  try {
    for (let piece = await intake.next(); piece; piece = await intake.next()) await writeWhole(file, piece);
    await file.sync();
  } finally {
    await file.close();
  }
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
