import { Readable, Transform } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { ResultGone, type Downloads } from "@cooly/engine/ports";

/** A vendor that sends nothing for this long has forgotten us. */
const SILENCE_MS = 30_000;
const GONE = new Set([401, 403, 404, 410]);

/** Over HTTP. Redirects are followed, as vendors point to their own stores. */
export function createHttpDownloads({ silenceMs = SILENCE_MS }: { readonly silenceMs?: number } = {}): Downloads {
  return {
    async open(url, signal) {
      const silence = new AbortController();
      const watch = setTimeout(() => silence.abort(new Error(`the download said nothing for ${silenceMs} ms`)), silenceMs);
      try {
        const response = await fetch(url, { signal: AbortSignal.any([signal, silence.signal]), headers: { accept: "*/*" } });
        if (!response.ok || !response.body) {
          await response.body?.cancel();
          if (GONE.has(response.status)) throw new ResultGone(`the address answers ${response.status}`);
          throw new Error(`the address answers ${response.status}`);
        }
        const announced = response.headers.get("content-length");
        const encoded = response.headers.has("content-encoding");
        const meter = createMeter(announced === null || encoded ? null : Number(announced), () => watch.refresh());
        const source = Readable.fromWeb(response.body as ReadableStream);
        source.once("error", (error) => meter.destroy(error));
        // Whoever reads hears of it; if nobody does, nobody has to.
        meter.on("error", () => undefined);
        meter.once("close", () => {
          clearTimeout(watch);
          source.destroy();
        });
        return source.pipe(meter);
      } catch (error) {
        clearTimeout(watch);
        throw error;
      }
    },
  };
}

/** Passes bytes on, and fails if they end before the announced size. */
function createMeter(announced: number | null, onBytes: () => void): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      onBytes();
      done(null, chunk);
    },
    flush(done) {
      done(announced !== null && seen !== announced ? new Error(`the download ended after ${seen} of ${announced} bytes`) : null);
    },
  });
}
