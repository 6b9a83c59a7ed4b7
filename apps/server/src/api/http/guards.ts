/** What every request passes before a route sees it. */
import { randomUUID } from "node:crypto";
import { IncomingMessage, ServerResponse } from "node:http";
import { isIP, Socket } from "node:net";
import helmet from "helmet";
import { Fault } from "@cooly/contract";
import type { Limiter } from "@cooly/engine";
import { ownOrigins } from "../auth/people.ts";
import type { ApiSettings } from "../parts.ts";

const URL_MAX = 8 * 1024;
const EXPOSED = [
  "allow",
  "content-disposition",
  "etag",
  "idempotent-replayed",
  "location",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-request-id",
  "x-should-retry",
].join(", ");
const REQUEST_ID = /^[\w.-]{1,100}$/;

export function requestIdOf(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && REQUEST_ID.test(given) ? given : `req_${randomUUID().replaceAll("-", "")}`;
  response.setHeader("x-request-id", id);
  return id;
}

export function refuseLongUrl(request: IncomingMessage): void {
  if ((request.url?.length ?? 0) > URL_MAX) throw new Fault("uri_too_long");
}

export function createSecurityHeaders(settings: ApiSettings): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  const https = settings.publicUrl.startsWith("https:");
  const decide = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", "'unsafe-inline'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "blob:", "data:", "https:", ...settings.mediaOrigins],
        mediaSrc: ["'self'", "blob:", "https:", ...settings.mediaOrigins],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", ...settings.allowedOrigins, ...settings.uploadOrigins],
        frameAncestors: ["'none'"],
        baseUri: ["'self'"],
        objectSrc: ["'none'"],
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: https,
    crossOriginEmbedderPolicy: false,
    crossOriginResourcePolicy: { policy: "same-site" },
  });
  // It decides the same for every request: once is enough.
  const decided = new ServerResponse(new IncomingMessage(new Socket()));
  decide(decided.req, decided, () => undefined);
  const headers = Object.entries(decided.getHeaders()).map(([name, value]) => [name, String(value)] as const);
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** Exact origins only. Answers true if the request was a preflight and is done. */
export function createCors(settings: ApiSettings): (request: IncomingMessage, response: ServerResponse) => boolean {
  const allowed = new Set(settings.allowedOrigins);
  return (request, response) => {
    const { origin } = request.headers;
    response.setHeader("vary", "Origin");
    const known = origin !== undefined && allowed.has(origin);
    if (known) {
      response.setHeader("access-control-allow-origin", origin);
      response.setHeader("access-control-allow-credentials", "true");
      response.setHeader("access-control-expose-headers", EXPOSED);
    }
    if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false;
    if (known) {
      response.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE");
      response.setHeader("access-control-allow-headers", "content-type, authorization, idempotency-key, last-event-id, prefer, traceparent, x-request-id");
      response.setHeader("access-control-max-age", "600");
    }
    response.statusCode = 204;
    response.end();
    return true;
  };
}

/** Whoever acts by a cookie must come from a page of ours, and whoever signs in must not be made to by a foreign page. */
export function createSiteCheck(settings: ApiSettings): (request: IncomingMessage) => void {
  const ours = new Set([...ownOrigins(settings.publicUrl), ...settings.allowedOrigins]);
  return ({ method, headers }) => {
    if (method === "GET" || method === "HEAD" || headers.authorization !== undefined) return;
    const { origin } = headers;
    const site = headers["sec-fetch-site"];
    // No browser: these always send one of the two with such a request, and there is no cookie to misuse.
    if (origin === undefined && site === undefined && headers.cookie === undefined) return;
    const fits = origin === undefined ? site === "same-origin" || site === "none" : ours.has(origin) && site !== "cross-site";
    const allowedElsewhere = origin !== undefined && settings.allowedOrigins.includes(origin);
    if (!fits && !allowedElsewhere) throw new Fault("cross_site_request");
  };
}

/** The address of the caller: of X-Forwarded-For only what our own proxies wrote is believed. */
export function createAddressOf(hops: number): (request: IncomingMessage) => string {
  return (request) => {
    const direct = neighbourhoodOf(request.socket.remoteAddress ?? "unknown");
    if (hops === 0) return direct;
    const forwarded = [request.headers["x-forwarded-for"] ?? []]
      .flat()
      .join(",")
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
    const given = forwarded.at(-hops) ?? forwarded[0] ?? "";
    return isIP(given) === 0 ? direct : neighbourhoodOf(given);
  };
}

/** An IPv4 address as it is, of an IPv6 address the /64 that one customer has. */
export function neighbourhoodOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(plain) !== 6) return plain;
  const [head = "", tail] = plain.toLowerCase().split("%")[0]!.split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail?.split(":").filter(Boolean) ?? [];
  const whole = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return `${whole
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

export interface Meter {
  take(response: ServerResponse, key: string, limit: number): void;
}

export function createMeter(limiter: Limiter): Meter {
  return {
    take(response, key, limit) {
      const { allowed, remaining, resetSeconds } = limiter.hit(key, limit);
      // Where several limits are looked at, the caller is told of the one that will bite first.
      const told = response.getHeader("x-ratelimit-remaining");
      if (allowed && typeof told === "number" && told <= remaining) return;
      response.setHeader("ratelimit-policy", `"default";q=${limit};w=60`);
      response.setHeader("ratelimit", `"default";r=${remaining};t=${resetSeconds}`);
      response.setHeader("x-ratelimit-limit", limit);
      response.setHeader("x-ratelimit-remaining", remaining);
      response.setHeader("x-ratelimit-reset", resetSeconds);
      if (allowed) return;
      response.setHeader("retry-after", resetSeconds);
      throw new Fault("rate_limit_exceeded", { detail: { retry_after_seconds: resetSeconds } });
    },
  };
}
