import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Fault } from "@cooly/contract";
import { MEDIA_MAX_BYTES, type Uploads } from "@cooly/engine";
import { takePieces, type ByteRange, type Clock, type ObjectStore, type SignedObject } from "@cooly/engine/ports";

interface MediaParts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly uploads: Pick<Uploads, "mayPut">;
}

export const MEDIA_METHODS = ["GET", "HEAD", "PUT"];

/** Answers links for a store that no browser reaches, or whose objects are moving. */
export function createMediaHandler(parts: MediaParts) {
  const take = createTaking(parts);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [signed, download] = splitDownload(request.url ?? "");
    const object = parts.store.openSigned?.(signed, parts.clock.now()) ?? null;
    if (!object || (object.method === "PUT") !== (request.method === "PUT")) throw new Fault("invalid_signature");
    if (object.method === "PUT") return take(object, request, response);
    const wanted = download === null ? object : { ...object, filename: download };
    const elsewhere = await locate(parts, wanted);
    if (elsewhere === null) return give(parts.store, wanted, { request, response });
    // The browser may keep it for as long as an object that moves stays where it was.
    response.writeHead(302, { location: elsewhere, "cache-control": "private, max-age=60" }).end();
  };
}

const LOCATED_MS = 3_600_000;
const LOCATED_STEP_MS = 15 * 60_000;

async function locate({ store, clock }: MediaParts, { key, mime, filename }: SignedObject): Promise<string | null> {
  const expiresAt = new Date(Math.ceil(clock.now().getTime() / LOCATED_STEP_MS) * LOCATED_STEP_MS + LOCATED_MS);
  return (await store.locate?.(key, { expiresAt, mime, ...(filename !== null && { filename }) })) ?? null;
}

/** A link makes one object: one that is there already stays as it is. */
function createTaking({ store, uploads }: MediaParts) {
  const underWay = new Set<string>();
  return async ({ key, mime, sizeBytes }: SignedObject, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { "content-type": type, "content-length": length } = request.headers;
    // A link that says how much it takes was signed for that and nothing else.
    if (sizeBytes !== null && (type !== mime || (length !== undefined && Number(length) !== sizeBytes))) throw new Fault("invalid_signature");
    if (type !== mime) throw new Fault("unsupported_media_type", { say: `This link takes ${mime}.` });
    if (Number(length ?? 0) > MEDIA_MAX_BYTES) throw new Fault("payload_too_large", { detail: { limit_bytes: MEDIA_MAX_BYTES } });
    if (underWay.has(key)) throw new Fault("conflict");
    underWay.add(key);
    try {
      // Of an upload that was looked at, refused or deleted nobody would count the bytes.
      if ((await store.stat(key)) || !(await uploads.mayPut(key))) throw new Fault("conflict");
      const bytesMax = sizeBytes ?? MEDIA_MAX_BYTES;
      const limits = { maxBytes: bytesMax, ...(length !== undefined && { sizeBytes: Number(length) }) };
      await store.put(key, within(request, { bytesMax, bytesMin: sizeBytes ?? 0 }), { ...limits, mime });
      response.writeHead(201, { "content-length": 0 }).end();
    } catch (error) {
      // Who has hung up wants no answer, and is no trouble of ours.
      if (!request.errored) throw error;
    } finally {
      underWay.delete(key);
    }
  };
}

async function* within(request: IncomingMessage, { bytesMax, bytesMin }: { bytesMax: number; bytesMin: number }): AsyncGenerator<Uint8Array> {
  let seen = 0;
  // What is left of it is read on, so that whoever sends it hears the answer.
  for await (const piece of takePieces(request)) {
    seen += piece.length;
    if (seen > bytesMax) throw new Fault("payload_too_large", { detail: { limit_bytes: bytesMax } });
    yield piece;
  }
  if (seen < bytesMin) throw new Fault("invalid_signature");
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function give(store: ObjectStore, object: SignedObject, { request, response }: Exchange): Promise<void> {
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
    "content-disposition": dispositionOf(object.filename),
    ...(part && { "content-range": `bytes ${part.start}-${part.end}/${found.sizeBytes}` }),
  });
  if (!opened) return void response.end();
  await pipeline(opened.body, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new Fault("media_missing", { cause: error });
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
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
