import { createHash } from "node:crypto";
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
    // A key's bytes never change, so the key names them.
    const etag = `"${createHash("sha256").update(object.key).digest("base64url").slice(0, 22)}"`;
    const unchanged = namesIt(request.headers["if-none-match"], etag);
    const range = readRange(request, found.sizeBytes, etag);
    if (range === "unsatisfiable" && !unchanged) {
      response.setHeader("content-range", `bytes */${found.sizeBytes}`);
      throw new Fault("range_not_satisfiable");
    }
    const part = range === "unsatisfiable" ? null : range;
    const bare = unchanged || request.method === "HEAD" || found.sizeBytes === 0;
    const opened = bare ? null : await store.open(object.key, part ?? undefined);
    if (!bare && !opened) throw new Fault("media_missing");
    response.setHeader("etag", etag);
    response.setHeader("cache-control", "private, max-age=3600, immutable");
    if (unchanged) return void response.writeHead(304).end();
    const length = part ? part.end - part.start + 1 : found.sizeBytes;
    response.writeHead(part ? 206 : 200, {
      "content-type": object.mime,
      "content-length": length,
      "accept-ranges": "bytes",
      "content-disposition": dispositionOf(download ?? object.filename),
      ...(part && { "content-range": `bytes ${part.start}-${part.end}/${found.sizeBytes}` }),
    });
    if (!opened) return void response.end();
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

const namesIt = (header: string | undefined, etag: string): boolean =>
  header !== undefined && (header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag));

/** A name that old clients read, and the true one. */
function dispositionOf(filename: string | null): string {
  if (filename === null) return "inline";
  const plain = filename.replaceAll(/[^\w. -]/g, "_");
  const whole = encodeURIComponent(filename).replaceAll(/['()*!]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

/** One range of a GET; anything else asked for gets the whole, and so does a part of other bytes than these. */
export function readRange(
  { method, headers }: Pick<IncomingMessage, "method" | "headers">,
  sizeBytes: number,
  etag: string,
): ByteRange | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(headers.range ?? "");
  if (method !== "GET" || !match || (match[1] === "" && match[2] === "")) return null;
  if (headers["if-range"] !== undefined && headers["if-range"] !== etag) return null;
  const start = match[1] === "" ? Math.max(0, sizeBytes - Number(match[2])) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1);
  // An end before its beginning is no range at all, one beyond the end of the file is one that it does not have.
  if (match[1] !== "" && match[2] !== "" && Number(match[2]) < start) return null;
  return start > end ? "unsatisfiable" : { start, end };
}
