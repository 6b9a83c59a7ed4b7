import { createHash, randomUUID } from "node:crypto";
import { access, constants, mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MediaUnusable, type Landed, type LandOptions, type Scratch } from "@cooly/engine/ports";
import { removeLeftovers, SUFFIX } from "./leftovers.ts";

export interface FilesystemScratchOptions {
  /** Absolute; made if missing. Other processes, of other containers too, may have the same one. */
  readonly directory: string;
  /** Hears how many files of dead processes were removed, or why they could not be. */
  readonly onSwept?: (swept: { readonly removed: number } | { readonly error: unknown }) => void;
}

const SWEEP_MS = 3_600_000;
const CHUNK_BYTES = 64 * 1024;

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
  const pace = setInterval(() => void sweep(), SWEEP_MS).unref();
  return {
    async land(body, options) {
      const path = join(directory, `${randomUUID()}${SUFFIX}`);
      // It may fail before anybody reads it.
      body.on("error", () => undefined);
      try {
        const written = await write(path, body, options);
        return { ...written, path, open: () => read(path), discard: () => rm(path, { force: true }) };
      } catch (error) {
        body.destroy();
        await rm(path, { force: true }).catch(() => undefined);
        throw error;
      }
    },
    close: () => clearInterval(pace),
  };
}

/** One piece at a time: the next is asked for once the disk has taken the last. */
async function write(path: string, body: Readable, { maxBytes, signal }: LandOptions): Promise<Pick<Landed, "sizeBytes" | "sha256">> {
  signal.throwIfAborted();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    const take = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
      for await (const piece of pieces) {
        sizeBytes += piece.length;
        if (sizeBytes > maxBytes) throw new MediaUnusable("The result is larger than allowed.");
        hash.update(piece);
        await writeWhole(file, piece);
      }
    };
    await pipeline(body, take, { signal });
    return { sizeBytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

// A disk that is nearly full takes less than it was given, and refuses the rest.
async function writeWhole(file: FileHandle, piece: Buffer): Promise<void> {
  for (let done = 0; done < piece.length;) done += (await file.write(piece, done)).bytesWritten;
}

/** Opens nothing before it is read, so that whoever gives it up before has nothing to close. */
function read(path: string): Readable {
  const pieces = async function* (): AsyncGenerator<Buffer> {
    const file = await open(path, "r");
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES), 0, CHUNK_BYTES);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  };
  return Readable.from(pieces(), { objectMode: false, highWaterMark: CHUNK_BYTES });
}
