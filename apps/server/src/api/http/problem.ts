import type { ServerResponse } from "node:http";
import { failures, Fault, type FailureCode, type Problem } from "@cooly/contract";

const types: Record<number, string> = {
  400: "invalid_request_error", 401: "authentication_error", 402: "insufficient_credits_error", 403: "permission_error", 404: "not_found_error",
  409: "conflict_error", 422: "invalid_request_error", 429: "rate_limit_error", 503: "service_unavailable_error",
};

/** One body for both worlds. */
export function problemOf(fault: Fault, requestId: string): Problem {
  const { status, say } = failures[fault.code];
  const errors = fault.issues.map(({ path, message }) => ({ path, message }));
  const type = types[status] ?? (status >= 500 ? "server_error" : "invalid_request_error");
  return {
    ...fault.detail,
    type: `/docs/reference/failures#${fault.code}`, title: say, status, detail: fault.message, code: fault.code, request_id: requestId,
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
  response.setHeader("x-should-retry", retry === "safe" ? "true" : "false");
  if (status === 503) response.setHeader("retry-after", "1");
  if (status === 413) response.setHeader("connection", "close");
  response.end(JSON.stringify(problemOf(fault, requestId)));
}

const AWAY = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENOTFOUND", "EPIPE", "57P01", "57P02", "57P03", "53300", "53400", "25006"]);

/** Anything thrown, as a Fault: trouble with the database's connection is a pause, the rest a bug of ours. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const away = (typeof code === "string" && (AWAY.has(code) || code.startsWith("08"))) || /timeout exceeded when trying to connect|Connection terminated/i.test(String(message));
  return new Fault(away ? "unavailable" : "internal_error", { cause: error });
}

export const isUnexpected = (code: FailureCode): boolean => failures[code].status >= 500;

/** A fault about one thing of the request. */
export const fault = (code: FailureCode, path: string, message: string): Fault => new Fault(code, { say: `${path}: ${message}`, issues: [{ path, message, code }] });
