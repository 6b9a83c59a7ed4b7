/** What Node refuses before there is a request, and requests whose target or host is not what it should be. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { failures, Fault, type FailureCode } from "@cooly/contract";
import { problemOf } from "./problem.ts";

const reasons: Readonly<Record<string, FailureCode>> = {
  HPE_HEADER_OVERFLOW: "headers_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
};

/** Answers on the bare socket, in the same form as everywhere, and closes it. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
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
