import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { ResultGone, type Downloads, type OpenPieces } from "@cooly/engine/ports";
import { get, leadsTo } from "../get.ts";
import { readPieces } from "../pieces.ts";
import { watchSilence, type Silence } from "../silence.ts";

/** A vendor that sends nothing for this long has forgotten us. */
const SILENCE_MS = 30_000;
const REDIRECTS_MAX = 10;
const GONE = new Set([401, 403, 404, 410]);

/** Over HTTP. Redirects are followed, as vendors point to their own stores. */
export function createHttpDownloads({ silenceMs = SILENCE_MS }: { readonly silenceMs?: number } = {}): Downloads {
  return {
    async open(url, signal) {
      const silence = watchSilence(silenceMs);
      const stop = AbortSignal.any([signal, silence.signal]);
      try {
        const response = await follow(new URL(url), stop);
        const { statusCode: status = 0 } = response;
        if (status >= 200 && status < 300) return readBody(response, { stop, silence });
        response.destroy();
        if (GONE.has(status)) throw new ResultGone(`the address answers ${status}`);
        throw new Error(`the address answers ${status}`);
      } catch (error) {
        silence.end();
        // What a request fails with when it is stopped does not say why.
        throw stop.aborted ? stop.reason : error;
      }
    },
  };
}

async function follow(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await get(at, { signal });
    const location = leadsTo(response);
    if (location === null) return response;
    response.destroy();
    if (redirects === REDIRECTS_MAX) throw new Error(`the address leads on more than ${REDIRECTS_MAX} times`);
    at = new URL(location, at);
  }
}

function readBody(response: IncomingMessage, { stop, silence }: { stop: AbortSignal; silence: Silence }): OpenPieces {
  const announced = response.headers["content-length"];
  const decoder = decoderOf(response.headers["content-encoding"]);
  response.once("close", () => silence.end());
  const body: Readable = decoder ? response.pipe(decoder) : response;
  if (decoder) {
    response.once("error", (error) => decoder.destroy(error));
    decoder.once("close", () => response.destroy());
  }
  return readPieces(body, { announcedBytes: announced === undefined || decoder ? null : Number(announced), stop, silence });
}

// Nobody asked for it, but some send it nevertheless.
function decoderOf(encoding: string | undefined): ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress> | null {
  switch (encoding?.toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      return null;
  }
}
