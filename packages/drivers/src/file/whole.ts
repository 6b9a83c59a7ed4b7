/** Files piece by piece. By callback: the promised forms of `node:fs` make so much for each piece that moving a file fills the heap. */
import { read, write } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** A disk that is nearly full takes less than it was given, and refuses the rest. */
export async function writeWhole({ fd }: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length;) done += await writeSome(fd, done === 0 ? piece : piece.subarray(done));
}

const writeSome = (fd: number, piece: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => write(fd, piece, (error, written) => (error ? reject(error) : resolve(written))));

/** How many bytes there were; 0 at the end. */
export const readSome = ({ fd }: FileHandle, memory: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => read(fd, memory, 0, memory.length, null, (error, count) => (error ? reject(error) : resolve(count))));
