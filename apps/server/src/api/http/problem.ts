import type { IncomingMessage, ServerResponse } from "node:http";
import { isOutage } from "@cooly/engine";
import { failures, Fault, type FailureCode, type Problem } from "@cooly/contract";

const types: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "insufficient_credits_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  422: "invalid_request_error",
  429: "rate_limit_error",
  503: "service_unavailable_error",
};

/** One body for both worlds. */
export function problemOf(fault: Fault, requestId: string): Problem {
  const { status, say } = failures[fault.code];
  const errors = fault.issues.map(({ path, message }) => ({ path, message }));
  const type = types[status] ?? (status >= 500 ? "server_error" : "invalid_request_error");
  return {
    ...fault.detail,
    type: `/docs#${fault.code}`,
    title: say,
    status,
    detail: fault.message,
    code: fault.code,
    request_id: requestId,
    ...(errors.length > 0 && { errors }),
    error: { message: fault.message, type, param: errors[0]?.path ?? null, code: fault.code },
  };
}

/** Nothing is sent if an answer has begun. */
export function sendProblem(response: ServerResponse, fault: Fault, requestId: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, retry } = failures[fault.code];
  response.statusCode = status;
  response.setHeader("content-type", "application/problem+json; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  // A route that cannot tell what became of a request has said so already.
  if (!response.hasHeader("x-should-retry")) response.setHeader("x-should-retry", retry === "safe" ? "true" : "false");
  if (status === 503) response.setHeader("retry-after", "1");
  if (typeof fault.detail["allow"] === "string") response.setHeader("allow", fault.detail["allow"]);
  if (status === 401) response.setHeader("www-authenticate", 'Bearer realm="cooly"');
  const body = Buffer.from(JSON.stringify(problemOf(fault, requestId)));
  response.setHeader("content-length", body.length);
  if (status === 413) linger(response, body);
  else response.end(body);
}

const LINGER_MS = 2_000;
const LINGER_BYTES = 16 * 1024 * 1024;

// To close a socket with unread bytes is to reset it, and the answer may be lost with it: the rest is read for a while.
function linger(response: ServerResponse, body: Buffer): void {
  const request: IncomingMessage = response.req;
  response.setHeader("connection", "close");
  response.write(body);
  let seen = 0;
  const end = (): void => {
    clearTimeout(timer);
    request.off("data", count);
    response.end();
  };
  const count = (chunk: Buffer): void => {
    seen += chunk.length;
    if (seen > LINGER_BYTES) end();
  };
  const timer = setTimeout(end, LINGER_MS);
  if (request.complete) return end();
  request.on("data", count).once("end", end).once("error", end).once("close", end);
  request.resume();
}

/** Anything thrown, as a Fault: trouble with the database's connection is a pause, the rest a bug of ours. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault(isOutage(error) ? "unavailable" : "internal_error", { cause: error });
}

export const isUnexpected = (code: FailureCode): boolean => failures[code].status >= 500;

/** A fault about one thing of the request. */
export const fault = (code: FailureCode, path: string, message: string): Fault =>
  new Fault(code, { say: `${path}: ${message}`, issues: [{ path, message, code }] });
