import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { ResultGone, type Downloads, type OpenPieces } from "@cooly/engine/ports";
import { giveBack } from "./give-back.ts";
import { readPieces } from "./pieces.ts";
import { watchSilence, type Silence } from "./silence.ts";

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
    const response = await request(at, signal);
    const { location } = response.headers;
    if (location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode!)) return response;
    response.destroy();
    if (redirects === REDIRECTS_MAX) throw new Error(`the address leads on more than ${REDIRECTS_MAX} times`);
    at = new URL(location, at);
  }
}

// A connection each: one that is kept may be closed by the other end just as it is used again.
function request(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const get = url.protocol === "https:" ? getSecure : getPlain;
  const headers = { accept: "*/*", "accept-encoding": "identity" };
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, headers, signal }, resolve);
    asked.on("error", reject);
    // Node's parser has heard it first and has copied what is body. The connection is nobody else's.
    asked.on("socket", (socket) => socket.on("data", giveBack));
  });
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
