import type { Readable } from "node:stream";
import { giveBack, pull, type OpenPieces } from "@cooly/engine/ports";
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
