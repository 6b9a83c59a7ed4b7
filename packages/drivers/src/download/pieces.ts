import type { Readable } from "node:stream";
import type { OpenPieces } from "@cooly/engine/ports";
import { giveBack } from "./give-back.ts";
import type { Silence } from "./silence.ts";

export interface PiecesOptions {
  /** Null where nothing was announced. */
  readonly announcedBytes: number | null;
  readonly stop: AbortSignal;
  readonly silence: Silence;
}

/** Takes a body off its connection, one piece after the other. Each has memory of its own, which goes as soon as the next is asked for. */
export function readPieces(body: Readable, { announcedBytes, stop, silence }: PiecesOptions): OpenPieces {
  const pullOne = pull(body);
  const next = (): Promise<Buffer | null> => silence.during(pullOne);
  const iterate = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    let seen = 0;
    try {
      for (let piece = await next(); piece !== null; piece = await next()) {
        seen += piece.length;
        yield piece;
        giveBack(piece);
      }
    } catch (error) {
      throw stop.aborted ? stop.reason : error;
    } finally {
      body.destroy();
    }
    if (announcedBytes !== null && seen !== announcedBytes) throw new Error(`the download ended after ${seen} of ${announcedBytes} bytes`);
  };
  const pieces = iterate();
  return {
    [Symbol.asyncIterator]: () => pieces,
    async [Symbol.asyncDispose]() {
      body.destroy();
    },
  };
}

/** Answers with the next piece as it came, or null at the end: `read` would join what has come meanwhile, which is a copy. */
function pull(body: Readable): () => Promise<Buffer | null> {
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
