import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "@cooly/contract";
import { readBytes, refuseLargeBody } from "../http/json-body.ts";
import { toFault } from "../http/problem.ts";

/** What the library met while it answered: it turns every error into a bare 500 of its own. */
export const troubles = new AsyncLocalStorage<{ met: unknown }>();

/** Puts a handler of web requests behind Node's: with our limit on bodies, and our answer for trouble on our side. */
export function createFront(handler: (request: Request) => Promise<Response>, publicUrl: string) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const trouble: { met: unknown } = { met: null };
    const reply = await troubles.run(trouble, async () => handler(await toWebRequest(request, publicUrl)));
    if (reply.status >= 500) throw trouble.met === null ? new Fault("internal_error") : toFault(trouble.met);
    response.statusCode = reply.status;
    for (const [name, value] of reply.headers) if (name !== "set-cookie") response.setHeader(name, value);
    for (const cookie of reply.headers.getSetCookie()) response.appendHeader("set-cookie", cookie);
    if (!response.hasHeader("cache-control")) response.setHeader("cache-control", "no-store");
    response.end(Buffer.from(await reply.arrayBuffer()));
  };
}

async function toWebRequest(request: IncomingMessage, publicUrl: string): Promise<Request> {
  refuseLargeBody(request);
  const method = request.method ?? "GET";
  const headers = new Headers();
  for (const [name, values] of Object.entries(request.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
  if (method === "GET" || method === "HEAD") return new Request(new URL(request.url ?? "/", publicUrl), { method, headers });
  return new Request(new URL(request.url ?? "/", publicUrl), { method, headers, body: new Uint8Array(await readBytes(request)) });
}
