import type { IncomingMessage } from "node:http";
import { DownloadRefused, type DownloadRefusal, type GuardedDownloads, type OpenPieces } from "@cooly/engine/ports";
import { get, leadsTo } from "../get.ts";
import { readPieces } from "../pieces.ts";
import { watchSilence, type Silence } from "../silence.ts";
import { admit, type Rules } from "./admit.ts";
import { mayConnect, readAllowed } from "./allowed.ts";
import { createLookup, createResolve, resolveBySystem, type Resolve } from "./names.ts";

export interface GuardedDownloadsOptions {
  /**
   * Hosts, addresses and networks that lie inside and may be read nevertheless: a ComfyUI next door. Whoever may give addresses
   * may then read there, so what is allowed for a vendor's answers is not to be allowed for people.
   */
  readonly allow?: readonly string[];
  /** Lets what is allowed be read without TLS; nothing else ever is. */
  readonly plainHttp?: boolean;
  /** Besides 443, and 80 for plain HTTP. */
  readonly ports?: readonly number[];
  readonly bytesMax?: number;
  /** For everything, from the name to the last byte. */
  readonly deadlineMs?: number;
  /** How long the other end may say nothing. */
  readonly silenceMs?: number;
  /** Authorities in PEM that are trusted instead of the usual ones. */
  readonly authorities?: readonly string[];
  readonly resolve?: Resolve;
}

const REDIRECTS_MAX = 3;
const BYTES_MAX = 32 * 1024 * 1024;
const DEADLINE_MS = 60_000;
const SILENCE_MS = 10_000;

interface Guard extends Rules {
  readonly resolve: Resolve;
  readonly bytesMax: number;
  readonly ca: string[] | undefined;
}

/** Over HTTPS. No cookie, no authorization and no referrer is ever sent, to the first address or to one that it leads to. */
export function createGuardedDownloads(options: GuardedDownloadsOptions = {}): GuardedDownloads {
  const { deadlineMs = DEADLINE_MS, silenceMs = SILENCE_MS, bytesMax = BYTES_MAX } = options;
  const guard: Guard = {
    allowed: readAllowed(options.allow ?? []),
    plainHttp: options.plainHttp ?? false,
    ports: new Set((options.ports ?? []).map(String)),
    resolve: options.resolve ?? createResolve(),
    ca: options.authorities && [...options.authorities],
    bytesMax,
  };
  return {
    async open(url, signal) {
      const silence = watchSilence(silenceMs);
      const late = AbortSignal.timeout(deadlineMs);
      const stop = AbortSignal.any([signal, silence.signal, late]);
      const explain = (error: unknown, code: DownloadRefusal): unknown => {
        if (signal.aborted) return signal.reason;
        if (error instanceof DownloadRefused) return error;
        return new DownloadRefused(stop.aborted ? "too_slow" : code, { cause: error });
      };
      try {
        stop.throwIfAborted();
        const response = await follow(url, { guard, stop });
        return limit(readBody(response, { guard, stop, silence }), { bytesMax, explain: (error) => explain(error, "broken_off") });
      } catch (error) {
        silence.end();
        throw explain(error, "unreachable");
      }
    },
  };
}

async function follow(given: string, { guard, stop }: { guard: Guard; stop: AbortSignal }): Promise<IncomingMessage> {
  let at = admit(given, guard);
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(at, { guard, stop });
    const location = leadsTo(response);
    if (location === null) return response;
    response.destroy();
    const next = URL.parse(location, at.href);
    if (next?.origin !== at.origin || redirects === REDIRECTS_MAX) throw new DownloadRefused("redirect_refused");
    at = admit(next.href, guard);
  }
}

function request(url: URL, { guard, stop }: { guard: Guard; stop: AbortSignal }): Promise<IncomingMessage> {
  const { hostname } = url;
  const { allowed, resolve, ca } = guard;
  const permits = (address: string): boolean => mayConnect(address, { hostname, plain: url.protocol === "http:", allowed });
  const lookup = createLookup(allowed.host(hostname) ? resolveBySystem : resolve, permits);
  // Said aloud, as a variable of the environment can turn it off for all.
  return get(url, { signal: stop, lookup, headers: { "user-agent": "Cooly" }, rejectUnauthorized: true, ca });
}

function readBody(response: IncomingMessage, { guard, stop, silence }: { guard: Guard; stop: AbortSignal; silence: Silence }): OpenPieces {
  const { "content-encoding": encoding = "identity", "content-length": length } = response.headers;
  const announcedBytes = length === undefined ? null : Number(length);
  const refusal = refusalOf(response.statusCode, { encoding, announcedBytes, bytesMax: guard.bytesMax });
  if (refusal) {
    response.destroy();
    throw new DownloadRefused(refusal, { cause: new Error(`status ${response.statusCode}, encoding ${encoding}, length ${length}`) });
  }
  response.once("close", () => silence.end());
  return readPieces(response, { announcedBytes, stop, silence });
}

interface Announced {
  readonly encoding: string;
  readonly announcedBytes: number | null;
  readonly bytesMax: number;
}

function refusalOf(status: number | undefined, { encoding, announcedBytes, bytesMax }: Announced): DownloadRefusal | null {
  if (status !== 200) return "answer_refused";
  if (encoding.toLowerCase() !== "identity") return "encoding_refused";
  return announcedBytes !== null && announcedBytes > bytesMax ? "too_large" : null;
}

/** What was announced may not be what comes. */
function limit(pieces: OpenPieces, { bytesMax, explain }: { bytesMax: number; explain: (error: unknown) => unknown }): OpenPieces {
  const iterate = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    let seen = 0;
    try {
      for await (const piece of pieces) {
        seen += piece.length;
        if (seen > bytesMax) throw new DownloadRefused("too_large");
        yield piece;
      }
    } catch (error) {
      throw explain(error);
    }
  };
  const limited = iterate();
  return { [Symbol.asyncIterator]: () => limited, [Symbol.asyncDispose]: () => pieces[Symbol.asyncDispose]() };
}
