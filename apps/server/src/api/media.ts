import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Fault } from "@cooly/contract";
import type { ByteRange, Clock, ObjectStore } from "@cooly/engine/ports";

/** Answers links that a store without an HTTP server of its own has signed. */
export function createMediaHandler({ store, clock }: { store: ObjectStore; clock: Clock }) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [signed, download] = splitDownload(request.url ?? "");
    const object = store.openSigned?.(signed, clock.now()) ?? null;
    if (!object) throw new Fault("invalid_signature");
    const found = await store.stat(object.key);
    if (!found) throw new Fault("media_missing");
    const range = readRange(request.headers.range, found.sizeBytes);
    if (range === "unsatisfiable") {
      response.setHeader("content-range", `bytes */${found.sizeBytes}`);
      throw new Fault("range_not_satisfiable");
    }
    const filename = download ?? object.filename;
    response.statusCode = range ? 206 : 200;
    response.setHeader("content-type", object.mime);
    response.setHeader("accept-ranges", "bytes");
    response.setHeader("cache-control", "private, max-age=3600, immutable");
    response.setHeader("content-disposition", filename === null ? "inline" : `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`);
    response.setHeader("content-length", range ? range.end - range.start + 1 : found.sizeBytes);
    if (range) response.setHeader("content-range", `bytes ${range.start}-${range.end}/${found.sizeBytes}`);
    if (request.method === "HEAD" || found.sizeBytes === 0) {
      response.end();
      return;
    }
    const opened = await store.open(object.key, range ?? undefined);
    if (!opened) throw new Fault("media_missing");
    await pipeline(opened.body, response).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw new Fault("media_missing", { cause: error });
      if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    });
  };
}

// `&download=name` after the signature only changes how the same bytes are offered to whoever may have them.
function splitDownload(url: string): [string, string | null] {
  const match = /^(.*)&download=([^&]{1,200})$/.exec(url);
  if (!match) return [url, null];
  try {
    return [match[1]!, decodeURIComponent(match[2]!).replaceAll(/[^\w. -]/g, "_")];
  } catch {
    return [url, null];
  }
}

/** One range; anything else asked for gets the whole. */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const start = match[1] === "" ? Math.max(0, sizeBytes - Number(match[2])) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1);
  if (start >= sizeBytes || start > end) return "unsatisfiable";
  return { start, end };
}
