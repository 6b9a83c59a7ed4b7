import type { IncomingMessage } from "node:http";
import { Fault } from "@cooly/contract";

export const BODY_MAX_BYTES = 256 * 1024;
const DEPTH_MAX = 64;

export const hasBody = (req: IncomingMessage): boolean => req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? 0) > 0;

/** Costs nothing: what is announced as too large is refused before anybody is asked anything. */
export function refuseLargeBody(req: IncomingMessage, bytesMax: number = BODY_MAX_BYTES): void {
  if (Number(req.headers["content-length"] ?? 0) > bytesMax) throw tooLarge(bytesMax);
}

const tooLarge = (bytesMax: number): Fault => new Fault("payload_too_large", { detail: { limit_bytes: bytesMax } });

const FILE = '"data:';
const FILE_LEAST = 1_000;

/** Files are the only texts by which a body may be larger than others. By hand: an expression runs out of stack over millions of letters. */
function lengthBesideFiles(text: string): number {
  let files = 0;
  for (let from = text.indexOf(FILE), to = 0; from >= 0; from = text.indexOf(FILE, to)) {
    to = text.indexOf('"', from + FILE.length);
    if (to < 0) break;
    if (to - from > FILE_LEAST) files += to - from;
  }
  return text.length - files;
}

/** The parsed body. Strict: one media type, one charset, valid UTF-8, no deep nesting. */
export async function readJson(req: IncomingMessage, bytesMax: number = BODY_MAX_BYTES): Promise<unknown> {
  if (!hasBody(req)) throw new Fault("invalid_json", { say: "The body is empty." });
  refuseLargeBody(req, bytesMax);
  if (!isJson(req.headers["content-type"]) || !/^(identity)?$/i.test(req.headers["content-encoding"] ?? "")) throw new Fault("unsupported_media_type");
  const bytes = await readBytes(req, bytesMax);
  const text = decode(bytes);
  if (bytes.length > BODY_MAX_BYTES && lengthBesideFiles(text) > BODY_MAX_BYTES) throw tooLarge(BODY_MAX_BYTES);
  if (text.trim() === "") throw new Fault("invalid_json", { say: "The body is empty." });
  const named = countNames(text);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new Fault("invalid_json", { cause });
  }
  // Of two members of one name a parser keeps one: another reader of the same text may have kept the other.
  if (membersOf(body) !== named) throw new Fault("invalid_json", { say: "The body has two members of the same name in one object." });
  return body;
}

function membersOf(value: unknown): number {
  if (value === null || typeof value !== "object") return 0;
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : members.length;
  for (const member of members) if (member !== null && typeof member === "object") count += membersOf(member);
  return count;
}

/** At most so many; what comes after them is neither kept nor waited for. */
export function readBytes(req: IncomingMessage, bytesMax: number = BODY_MAX_BYTES): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void): void => {
      req.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
      act();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > bytesMax) {
        req.pause();
        return settle(() => reject(tooLarge(bytesMax)));
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)));
    const onError = (cause: Error): void => settle(() => reject(new Fault("invalid_json", { say: "The body was cut off.", cause })));
    const onClose = (): void => onError(new Error("closed before the end of the body"));
    req.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
}

const isJson = (type: string | undefined): boolean => /^application\/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?;?\s*$/i.test(type ?? "");

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Fault("invalid_json", { say: "The body is not valid UTF-8.", cause });
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);

/** How many members the text names, by its colons. Later steps recurse and nobody needs a request as deep as this refuses. */
function countNames(text: string): number {
  let depth = 0;
  let colons = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if (inString) {
      if (letter === BACKSLASH) at += 1;
      else if (letter === QUOTE) inString = false;
    } else if (letter === QUOTE) inString = true;
    else if (letter === COLON) colons += 1;
    else if (CLOSING.has(letter)) depth -= 1;
    else if (OPENING.has(letter) && (depth += 1) > DEPTH_MAX) {
      throw new Fault("invalid_json", { say: `The body is nested deeper than ${DEPTH_MAX} levels.` });
    }
  }
  return colons;
}
