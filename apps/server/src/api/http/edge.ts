/** What Node refuses before there is a request, and requests whose target or host is not what it should be. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { failures, Fault, type FailureCode } from "@cooly/contract";
import { problemOf } from "./problem.ts";
import { OwnRequest, takeOver } from "./takeover.ts";

const reasons: Readonly<Record<string, FailureCode>> = {
  HPE_HEADER_OVERFLOW: "headers_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
};

/** Whether there must be a host is ours to say; which requests leave HTTP is theirs. */
export function createApiServer(handler: RequestListener): Server {
  const options = { maxHeaderSize: 32 * 1024, requestTimeout: 60_000, keepAliveTimeout: 65_000, requireHostHeader: false, IncomingMessage: OwnRequest };
  const server: Server = createServer(options, handler);
  takeOver(server, handler);
  return server
    .on("clientError", refuseConnection)
    .on("checkExpectation", handler)
    .on("connect", (_request: IncomingMessage, socket: Duplex) => refuseConnection(new Error("this is no proxy"), socket));
}

/** Answers on the bare socket, in the same form as everywhere, and closes it. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const fault = new Fault(reasons[error.code ?? ""] ?? "malformed_request");
  const { status } = failures[fault.code];
  const requestId = `req_${randomUUID().replaceAll("-", "")}`;
  const body = JSON.stringify(problemOf(fault, requestId));
  const head = [
    `HTTP/1.1 ${status} ${fault.code.replaceAll("_", " ")}`,
    "content-type: application/problem+json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    "x-content-type-options: nosniff",
    "cache-control: no-store",
    "x-should-retry: false",
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Brings the target to its origin form: a proxy may send an absolute one. False: it has none, or there are two hosts, or none. */
export function straighten(request: IncomingMessage): boolean {
  const hosts = request.headersDistinct["host"]?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && request.httpVersion === "1.1")) return false;
  const target = request.url ?? "";
  if (target.startsWith("/")) return true;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return false;
  const { pathname, search } = new URL(target);
  request.url = pathname + search;
  return true;
}
