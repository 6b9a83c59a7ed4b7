/** How a vendor is asked what costs nothing and may be asked twice: looks, lists, cancels. What starts a job goes by `submitJob`. */
import { Agent as PlainAgent, request as requestPlain, type IncomingMessage } from "node:http";
import { Agent as SecureAgent, request as requestSecure } from "node:https";
import { readReply, type Reply } from "./reply.ts";

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
  /** For the whole answer. Default: 30 seconds. */
  readonly deadlineMs?: number;
  readonly maxBytes?: number;
}

const DEADLINE_MS = 30_000;
// A thousand tasks are looked at over few connections. One that the other end closes as it is used costs a look, and nothing else.
const agents = { plain: new PlainAgent({ keepAlive: true, maxSockets: 16 }), secure: new SecureAgent({ keepAlive: true, maxSockets: 16 }) };

/** Follows no redirect: a key must not travel to another host. Rejects if there is no whole answer in time. */
export async function ask(url: string, { method = "GET", headers = {}, body, signal, deadlineMs = DEADLINE_MS, maxBytes }: Ask): Promise<Reply> {
  const isSecure = url.startsWith("https:");
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
      const options = { method, headers: { ...headers, ...length }, signal: AbortSignal.any([signal, late.signal]) };
      const request = isSecure ? requestSecure(url, { ...options, agent: agents.secure }) : requestPlain(url, { ...options, agent: agents.plain });
      request.once("response", resolve).on("error", reject).end(body);
    });
    return await readReply(response, maxBytes);
  } catch (error) {
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
