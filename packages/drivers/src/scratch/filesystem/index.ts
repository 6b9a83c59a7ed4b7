import { createHash, randomUUID } from "node:crypto";
import { access, constants, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { MediaUnusable, type Landed, type LandOptions, type Pieces, type Scratch } from "@cooly/engine/ports";
import { readSome, writeWhole } from "../../file/whole.ts";
import { createGate } from "../../gate.ts";
import { removeLeftovers, SUFFIX } from "./leftovers.ts";

export interface FilesystemScratchOptions {
  /** Absolute; made if missing. Other processes, of other containers too, may have the same one. */
  readonly directory: string;
  /** Hears how many files of dead processes were removed, or why they could not be. */
  readonly onSwept?: (swept: { readonly removed: number } | { readonly error: unknown }) => void;
}

const SWEEP_MS = 3_600_000;
const PIECE_BYTES = 128 * 1024;
// More do not make a disk faster, and each takes memory. What is landed can wait; what is landing cannot.
const READERS_MAX = 8;

export interface FilesystemScratch extends Scratch {
  close(): void;
}

/** Files below one directory. What dead processes left there goes at the start, and every hour. */
export async function openFilesystemScratch({ directory, onSwept }: FilesystemScratchOptions): Promise<FilesystemScratch> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await access(directory, constants.W_OK);
  const sweep = (): Promise<void> =>
    removeLeftovers(directory).then(
      (removed) => onSwept?.({ removed }),
      (error: unknown) => onSwept?.({ error }),
    );
  await sweep();
  const reading = createGate(READERS_MAX);
  const pace = setInterval(() => void sweep(), SWEEP_MS).unref();
  return {
    async land(body, options) {
      const { signal } = options;
      const path = join(directory, `${randomUUID()}${SUFFIX}`);
      // It may fail before anybody reads it, and whoever reads it hears of that.
      if (body instanceof Readable) body.on("error", () => undefined);
      const giveUp = (): void => void Promise.resolve(body[Symbol.asyncDispose]()).catch(() => undefined);
      signal.addEventListener("abort", giveUp, { once: true });
      try {
        const written = await write(path, body, options);
        return { ...written, path, open: () => read(path, reading), discard: () => rm(path, { force: true }) };
      } catch (error) {
        giveUp();
        await rm(path, { force: true }).catch(() => undefined);
        throw signal.aborted ? signal.reason : error;
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    },
    close: () => clearInterval(pace),
  };
}

/** One piece at a time: the next is asked for once the disk has taken the last. */
async function write(path: string, body: Pieces, { maxBytes, signal }: LandOptions): Promise<Pick<Landed, "sizeBytes" | "sha256">> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    signal.throwIfAborted();
    for await (const piece of body) {
      sizeBytes += piece.length;
      if (sizeBytes > maxBytes) throw new MediaUnusable("The result is larger than allowed.");
      hash.update(piece);
      await writeWhole(file, piece);
    }
    signal.throwIfAborted();
    return { sizeBytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

/** Through one piece of memory, whatever the size. Opens nothing before it is read. */
async function* read(path: string, reading: ReturnType<typeof createGate>): AsyncGenerator<Uint8Array> {
  const leave = await reading.enter();
  try {
    yield* readFile(path);
  } finally {
    leave();
  }
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    const memory = Buffer.allocUnsafeSlow(PIECE_BYTES);
    for (let count = await readSome(file, memory); count > 0; count = await readSome(file, memory)) yield memory.subarray(0, count);
  } finally {
    await file.close();
  }
}
