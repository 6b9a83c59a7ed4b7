/** An HTTP proxy that treats single requests as servers and networks do on bad days. */
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type HttpFault =
  /** Says so at once, and the server hears nothing. */
  | "unavailable"
  /** So much of the request gets through, then both ends are reset. */
  | "cut_up"
  /** The server does it all; so much of the answer gets through, then a reset. */
  | "cut_down"
  /** The answer ends in order, too early: as some proxies do. */
  | "end_early"
  /** The server does it all, and its answer is lost. */
  | "lost"
  /** Nothing gets there. */
  | "reset"
  /** 200, with an error in the body; the server has not heard of it. */
  | "error_in_200"
  /** 200 without a body; the server has not heard of it. */
  | "empty_200"
  | "slow";

export interface HttpFaults {
  readonly port: number;
  readonly url: string;
  /** By fault: how often. */
  readonly counts: ReadonlyMap<HttpFault, number>;
  /** What becomes of this request; null: it passes. */
  choose: (request: IncomingMessage) => HttpFault | null;
  close(): Promise<void>;
}

const SLOW_MS = 150;
const ERROR_BODY =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>';
const BUSY_BODY = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

export async function openHttpFaults({ to }: { readonly to: string }): Promise<HttpFaults> {
  const counts = new Map<HttpFault, number>();
  const server = createServer((request, response) => {
    const fault = faults.choose(request);
    if (fault) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    treat(fault, { request, response, to: new URL(to) });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const faults: HttpFaults = { port, url: `http://127.0.0.1:${port}`, counts, choose: () => null, close: () => close(server) };
  return faults;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly to: URL;
}

function treat(fault: HttpFault | null, exchange: Exchange): void {
  const { request, response } = exchange;
  const answer = (status: number, body: string): void => {
    request.resume().once("end", () => response.writeHead(status, { "content-type": "application/xml", "content-length": body.length }).end(body));
  };
  if (fault === "reset") request.socket.resetAndDestroy();
  else if (fault === "unavailable") answer(503, BUSY_BODY);
  else if (fault === "error_in_200") answer(200, ERROR_BODY);
  else if (fault === "empty_200") answer(200, "");
  else if (fault === "slow") setTimeout(() => pass(null, exchange), SLOW_MS);
  else pass(fault, exchange);
}

/** As it came, Host and all: the signature is of that. */
function pass(fault: HttpFault | null, { request, response, to }: Exchange): void {
  const headers = request.rawHeaders;
  const upstream = ask({ host: to.hostname, port: to.port, method: request.method, path: request.url, headers, agent: false }, (reply) =>
    passBack(fault, { reply, response }),
  );
  const reset = (): void => {
    request.socket.resetAndDestroy();
    upstream.destroy();
  };
  upstream.on("error", () => request.socket.destroy());
  request.on("error", () => upstream.destroy());
  response.on("close", () => void (response.writableFinished || upstream.destroy()));
  if (fault !== "cut_up") return void request.pipe(upstream);
  const half = Number(request.headers["content-length"] ?? 0) / 2;
  let seen = 0;
  request.on("data", (bytes: Buffer) => {
    seen += bytes.length;
    if (seen > half) return reset();
    upstream.write(bytes);
  });
  request.on("end", reset);
}

function passBack(fault: HttpFault | null, { reply, response }: { reply: IncomingMessage; response: ServerResponse }): void {
  const reset = (): void => void response.socket?.resetAndDestroy();
  if (fault === "lost") return void reply.resume().once("end", reset);
  const length = Number(reply.headers["content-length"] ?? 0);
  const half = Math.floor(length / 2);
  if (fault === "end_early") {
    // Without a length nobody could tell.
    response.writeHead(reply.statusCode ?? 500, Object.fromEntries(Object.entries(reply.headers).filter(([name]) => name !== "content-length")));
  } else response.writeHead(reply.statusCode ?? 500, reply.headers);
  if (fault !== "cut_down" && fault !== "end_early") return void reply.pipe(response);
  let seen = 0;
  reply.on("data", (bytes: Buffer) => {
    const room = half - seen;
    seen += bytes.length;
    if (room > 0) response.write(bytes.subarray(0, room));
  });
  reply.once("end", () => (fault === "end_early" ? response.end() : reset()));
}
