import { randomBytes, randomUUID } from "node:crypto";
import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Finding } from "@cooly/engine/ports";
import { PROBES } from "../keys.ts";
import { createFilesystemStore } from "./index.ts";

export interface FilesystemExamineOptions {
  readonly directory: string;
  /** Default: what the file system says. */
  readonly freeBytes?: () => Promise<number>;
}

const GIB = 1024 ** 3;
const FREE_LEAST_BYTES = GIB;
const FREE_GOOD_BYTES = 5 * GIB;

/** Writes, reads and deletes as the product does, and looks how long the room will last. */
export async function examine({ directory, freeBytes = () => freeOf(directory) }: FilesystemExamineOptions): Promise<readonly Finding[]> {
  const written = await examineFiles(directory);
  return written.level === "failure" ? [written] : [written, judgeRoom(directory, await freeBytes())];
}

async function examineFiles(directory: string): Promise<Finding> {
  const store = createFilesystemStore({ directory, publicUrl: "", secret: "" });
  const key = `${PROBES}${randomUUID()}`;
  const bytes = randomBytes(1024);
  try {
    await store.put(key, bytes, { mime: "application/octet-stream", maxBytes: bytes.length });
    const read = await store.open(key, { start: 1, end: 100 });
    if (!read || !(await buffer(read.body)).equals(bytes.subarray(1, 101))) throw new Error("what was read is not what was written");
    await store.remove([key]);
    return { code: "storage.files", level: "good", says: `Files in ${directory} are written, read and deleted.` };
  } catch (error) {
    return { code: "storage.files", level: "failure", says: `Files in ${directory} cannot be written, read and deleted.`, ...explain(error, directory) };
  } finally {
    await rm(join(directory, PROBES), { recursive: true, force: true }).catch(() => undefined);
  }
}

function explain(error: unknown, directory: string): { cause: string; fix: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM")
    return { cause: "The user of this process may not write there.", fix: `chown ${directory} to that user, or set STORAGE_DIR to another folder.` };
  if (code === "EROFS") return { cause: "The disk is mounted read-only.", fix: "Mount it writable, or set STORAGE_DIR to another folder." };
  if (code === "ENOSPC" || code === "EDQUOT")
    return { cause: "The disk is full.", fix: "Make room, or move to a larger disk or a bucket (docs/operate/storage.md)." };
  if (code === "ENOTDIR" || code === "EEXIST") return { cause: "A part of that path is a file.", fix: "Set STORAGE_DIR to a folder." };
  return { cause: message, fix: "See what the system's log says of that disk." };
}

function judgeRoom(directory: string, bytes: number): Finding {
  const says = `${(bytes / GIB).toFixed(1)} GiB are free where ${directory} is.`;
  const fix = "Make room, or move to a larger disk or a bucket (docs/operate/storage.md).";
  if (bytes < FREE_LEAST_BYTES) return { code: "storage.room", level: "failure", says, cause: "Results of up to 256 MiB will soon find no room.", fix };
  if (bytes < FREE_GOOD_BYTES) return { code: "storage.room", level: "warning", says, cause: "That is room for a few hundred pictures or a few videos.", fix };
  return { code: "storage.room", level: "good", says };
}

async function freeOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
