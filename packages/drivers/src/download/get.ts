import { giveBack } from "@cooly/engine/ports";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure, type RequestOptions } from "node:https";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Resolves once the answer has begun. A connection each: one that is kept may be closed by the other end just as it is used again. */
export function get(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const ask = url.protocol === "https:" ? getSecure : getPlain;
  // Encoded content would have to be decoded, and has no size to hold the body against.
  const headers = { accept: "*/*", "accept-encoding": "identity", ...options.headers };
  return new Promise((resolve, reject) => {
    const asked = ask(url, { ...options, agent: false, headers }, resolve);
    asked.on("error", reject);
    // Some ends are no error to Node: an answer that changes the protocol is one.
    asked.once("close", () => reject(new Error("the connection was closed before an answer began")));
    // Node's parser has heard it first and has copied what is body. The connection is nobody else's.
    asked.on("socket", (socket) => socket.on("data", giveBack));
  });
}

/** Where an answer leads on to, as it says it, or null if it is one by itself. */
export function leadsTo({ statusCode, headers: { location } }: IncomingMessage): string | null {
  return location !== undefined && REDIRECTS.has(statusCode!) ? location : null;
}
