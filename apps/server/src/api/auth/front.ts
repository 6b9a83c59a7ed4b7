import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault, type FailureCode } from "@cooly/contract";
import { hasBody, readJson } from "../http/json-body.ts";
import { fault, toFault } from "../http/problem.ts";
import { isStorable, refuseUnstorable } from "../http/text.ts";

/** What the library met while it answered: it turns every error into a bare 500 of its own. */
export const troubles = new AsyncLocalStorage<{ met: unknown }>();

/** What of the library is open to the world, by path; everything else of it is not there. */
const open: Readonly<Record<string, "GET" | "POST">> = {
  "/sign-up/email": "POST",
  "/sign-in/email": "POST",
  "/sign-out": "POST",
  "/get-session": "GET",
  "/list-sessions": "GET",
  "/revoke-session": "POST",
  "/revoke-sessions": "POST",
  "/revoke-other-sessions": "POST",
  "/change-password": "POST",
  "/update-user": "POST",
};

// Members that the library knows and this product has no use for.
const closed = ["image", "callbackURL", "newUserCallbackURL", "errorCallbackURL"];

const BASE = "/api/auth";
const NAME_MAX = 100;
const EMAIL_MAX = 254;

/** Checks what the library does not: the path, the method, the body's form and its sizes. Answers with the body. */
export async function readAuthBody(request: IncomingMessage, path: string): Promise<Record<string, unknown> | null> {
  const method = Object.hasOwn(open, path.slice(BASE.length)) ? open[path.slice(BASE.length)]! : null;
  if (method === null || !isStorable(decodeURIComponent(request.url ?? ""))) throw new Fault("not_found");
  if (request.method !== method && !(method === "GET" && request.method === "HEAD")) throw new Fault("method_not_allowed", { detail: { allow: method } });
  if (method === "GET" || !hasBody(request)) return null;
  const body = await readJson(request);
  refuseUnstorable(body);
  if (body === null || typeof body !== "object" || Array.isArray(body)) throw new Fault("invalid_parameter", { say: "The body must be an object." });
  const { name, email } = body as Record<string, unknown>;
  if (typeof name === "string" && name.length > NAME_MAX) throw fault("invalid_parameter", "/name", `must have at most ${NAME_MAX} characters`);
  if (typeof email === "string" && email.length > EMAIL_MAX) throw fault("invalid_email", "/email", `must have at most ${EMAIL_MAX} characters`);
  for (const member of closed) if (Object.hasOwn(body, member)) throw fault("unknown_field", `/${member}`, "does not exist");
  return body as Record<string, unknown>;
}

/** Puts a handler of web requests behind Node's, with our form for everything that went wrong. */
export function createFront(handler: (request: Request) => Promise<Response>, publicUrl: string) {
  return async (request: IncomingMessage, response: ServerResponse, body: Record<string, unknown> | null): Promise<void> => {
    const trouble: { met: unknown } = { met: null };
    const reply = await troubles.run(trouble, async () => handler(toWebRequest(request, publicUrl, body)));
    if (response.headersSent) return;
    for (const cookie of reply.headers.getSetCookie()) response.appendHeader("set-cookie", cookie);
    if (reply.status >= 500 || isOurs(trouble.met)) throw trouble.met === null ? new Fault("internal_error") : toFault(trouble.met);
    if (reply.status >= 400) throw await refusalOf(reply);
    response.statusCode = reply.status;
    for (const [name, value] of reply.headers) if (name !== "set-cookie") response.setHeader(name, value);
    if (!response.hasHeader("cache-control")) response.setHeader("cache-control", "no-store");
    response.end(Buffer.from(await reply.arrayBuffer()));
  };
}

// The library says "failed to create user" where it was the database that was away.
const isOurs = (met: unknown): boolean => met !== null && toFault(met).code === "unavailable";

function toWebRequest(request: IncomingMessage, publicUrl: string, body: Record<string, unknown> | null): Request {
  const method = request.method ?? "GET";
  const headers = new Headers();
  for (const [name, values] of Object.entries(request.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
  headers.delete("content-length");
  return new Request(new URL(publicUrl + request.url), { method, headers, ...(body !== null && { body: JSON.stringify(body) }) });
}

const codes: Readonly<Record<string, FailureCode>> = {
  INVALID_EMAIL_OR_PASSWORD: "invalid_credentials",
  INVALID_EMAIL: "invalid_email",
  INVALID_PASSWORD: "invalid_password",
  PASSWORD_TOO_SHORT: "password_too_short",
  PASSWORD_TOO_LONG: "password_too_long",
  USER_ALREADY_EXISTS: "email_taken",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "email_taken",
  EMAIL_PASSWORD_SIGN_UP_DISABLED: "sign_up_closed",
  EMAIL_AND_PASSWORD_SIGN_UP_IS_NOT_ENABLED: "sign_up_closed",
  FIELD_NOT_ALLOWED: "unknown_field",
};

const byStatus: Readonly<Record<number, FailureCode>> = {
  401: "unauthenticated",
  403: "cross_site_request",
  404: "not_found",
  415: "unsupported_media_type",
};

async function refusalOf(reply: Response): Promise<Fault> {
  const said = (await reply.json().catch(() => null)) as { code?: unknown; message?: unknown } | null;
  const known = typeof said?.code === "string" && Object.hasOwn(codes, said.code) ? codes[said.code] : undefined;
  // Its words for a form that does not fit: `[body.email] Invalid input: ...`.
  const path = /^\[body\.(\w+)\] (.*)$/.exec(typeof said?.message === "string" ? said.message : "");
  if (path) return fault(path[1] === "email" && path[2]!.startsWith("Invalid email") ? "invalid_email" : "invalid_parameter", `/${path[1]}`, path[2]!);
  return new Fault(known ?? byStatus[reply.status] ?? "invalid_parameter");
}
