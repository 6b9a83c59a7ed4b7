import type { Readable } from "node:stream";
import type { OpenPieces } from "./pieces.ts";

/**
 * Ends the life of bytes that have been read. The collector sees how many objects there are rather than how large what they
 * stand for is: by itself it lets some 64 MiB of them come together. Memory that others have a part of is left alone.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}

/** Answers with the next piece as it came, or null at the end: `read` would join what has come meanwhile, which is a copy. */
export function pull(body: Readable): () => Promise<Buffer | null> {
  let came: Buffer | null = null;
  let failed: Error | null = null;
  let wake = (): void => undefined;
  body.on("data", (piece: Buffer) => {
    came = piece;
    body.pause();
    wake();
  });
  body.on("error", (error) => {
    failed = error;
    wake();
  });
  body.once("close", () => wake());
  body.once("end", () => wake());
  body.pause();
  return async () => {
    if (!body.readableEnded && !body.destroyed) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      body.resume();
      await woken;
    }
    const piece = came;
    came = null;
    if (piece) return piece;
    if (failed) throw failed;
    if (!body.readableEnded) throw new Error("the connection was closed");
    return null;
  };
}

/** What a stream holds, piece by piece as it came, each given back as soon as the next is asked for. */
export function takePieces(body: Readable): OpenPieces {
  const next = pull(body);
  const iterate = async function* (): AsyncGenerator<Buffer> {
    for (let piece = await next(); piece !== null; piece = await next()) {
      yield piece;
      giveBack(piece);
    }
  };
  const pieces = iterate();
  return {
    [Symbol.asyncIterator]: () => pieces,
    async [Symbol.asyncDispose]() {
      body.destroy();
    },
  };
}
