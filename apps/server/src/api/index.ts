import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import express, { type NextFunction, type Request, type Response } from "express";
import { failures, Fault, type RouteDefinition } from "@cooly/contract";
import { isThere } from "@cooly/engine";
import type { Tracer } from "@cooly/engine/ports";
import { createCallers } from "./auth/caller.ts";
import { createDoor } from "./auth/door.ts";
import { createPeople, type People } from "./auth/people.ts";
import { createApiServer, straighten } from "./http/edge.ts";
import { createAddressOf, createCors, createMeter, createSecurityHeaders, createSiteCheck, refuseLongUrl, requestIdOf } from "./http/guards.ts";
import { refuseLargeBody } from "./http/json-body.ts";
import { createPatience } from "./http/patience.ts";
import { isUnexpected, sendProblem, toFault } from "./http/problem.ts";
import { admit, type BoundRoute } from "./http/route.ts";
import { createMediaHandler, MEDIA_METHODS } from "./media.ts";
import type { ApiParts } from "./parts.ts";
import { accountRoutes } from "./routes/account.ts";
import { eventRoutes } from "./routes/events.ts";
import { hookRoutes } from "./routes/hooks.ts";
import { generationRoutes } from "./routes/generations.ts";
import { publicRoutes } from "./routes/public.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { createStreams } from "./sse.ts";
import { createViews } from "./views.ts";

export { createApiServer };
export type { ApiParts, ApiSettings } from "./parts.ts";

export interface Api {
  readonly handler: RequestListener;
  readonly auth: Pick<People, "createPerson">;
  close(): Promise<void>;
}

const PROBE_MS = 1_000;
const BARE_POLICY =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
const OURS = /^\/(v1|api|media|healthz|readyz|metrics|docs|openapi\.json)(\/|$|\?)/;

export async function createApi(parts: ApiParts): Promise<Api> {
  const { settings, log } = parts;
  const people = createPeople(parts);
  const callers = createCallers({ db: parts.db, people });
  const streams = createStreams({ hub: parts.hub, views: createViews(parts), callers });
  parts.meters.onScrape(["cooly_event_streams"], (set) => set("cooly_event_streams", {}, streams.count()));
  const stopping = new AbortController();
  const checks: Checks = {
    meter: createMeter(parts.limiter),
    addressOf: createAddressOf(settings.trustedProxyHops),
    checkSite: createSiteCheck(settings),
  };
  const patience = createPatience(() => isThere(parts.db, PROBE_MS));
  const patiently = (work: Work) => (request: Request, response: Response) => patience.hold(request, response, work(request, response));

  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  app.use(createWatch(parts));
  app.use(createSecurityHeaders(settings));
  app.use(createThreshold(settings));
  app.all(["/media/*path"], mediaOnly(createMediaHandler(parts)));
  app.all("/api/auth/*path", patiently(createDoor({ people, callers, ...checks, settings })));
  const admitted = createGate({ callers, settings, tracer: parts.tracer, ...checks });
  const bound = routesOf(parts, { streams, callers, stopping: stopping.signal });
  mount(app, bound, (route) => patiently(admitted(route)));
  app.use((request, response) => {
    if (parts.studio === null || OURS.test(request.url)) throw new Fault("not_found");
    parts.studio(request, response);
  });

  return {
    handler: (request, response) => {
      // Express lets a target that it cannot read past everything.
      if (!straighten(request)) {
        crooked.add(request);
        request.url = "/";
      }
      app(request as Request, response as Response, (error: unknown) => answerTrouble(log, { request, response, error }));
    },
    auth: people,
    async close() {
      stopping.abort();
      streams.close();
      await callers.close();
    },
  };
}

interface Checks {
  readonly meter: ReturnType<typeof createMeter>;
  readonly addressOf: ReturnType<typeof createAddressOf>;
  readonly checkSite: ReturnType<typeof createSiteCheck>;
}

const crooked = new WeakSet<IncomingMessage>();

/** What every request passes before anybody looks at what it wants. */
function createThreshold(settings: ApiParts["settings"]) {
  const cors = createCors(settings);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (crooked.has(request)) throw new Fault("malformed_request");
    refuseLongUrl(request);
    // What is no page of ours runs nothing, wherever it is opened.
    if (OURS.test(request.url)) response.setHeader("content-security-policy", BARE_POLICY);
    if (!cors(request, response)) next();
  };
}

const mediaOnly =
  (media: ReturnType<typeof createMediaHandler>): Work =>
  (request, response) => {
    if (!MEDIA_METHODS.includes(request.method)) throw new Fault("method_not_allowed", { detail: { allow: MEDIA_METHODS.join(", ") } });
    return media(request, response);
  };

type Front = { streams: ReturnType<typeof createStreams>; callers: ReturnType<typeof createCallers>; stopping: AbortSignal };

function routesOf(parts: ApiParts, { streams, callers, stopping }: Front): BoundRoute[] {
  return [
    ...publicRoutes(parts),
    ...generationRoutes(counted(parts), createViews(parts), stopping),
    ...eventRoutes(parts, streams),
    ...uploadRoutes(parts),
    ...accountRoutes(parts, callers),
    ...hookRoutes(parts),
  ];
}

const UNMETERED = new Set(["system.health", "system.ready"]);
/** The rest of what is public answers alike to everybody, and whether or not the database does. */
const CURIOUS = new Set(["models.list", "models.get"]);

/** Who it is, how often they ask, whether they may: then the route. */
function createGate(parts: Checks & Pick<ApiParts, "settings" | "tracer"> & { callers: Front["callers"] }) {
  const { callers, settings, tracer, meter, addressOf, checkSite } = parts;
  const admitted =
    ({ definition, run }: BoundRoute): Work =>
    async (request, response) => {
      response.locals["route"] = definition.path;
      if (!UNMETERED.has(definition.name)) meter.take(response, `ip:${addressOf(request)}`, settings.rateLimitIpPerMinute);
      if (definition.body) refuseLargeBody(request, definition.bodyBytesMax);
      const asks = !["public", "operator"].includes(definition.access) || CURIOUS.has(definition.name);
      const caller = asks ? await callers.identify(request, response) : null;
      if (caller) response.locals["accountId"] = caller.accountId;
      if (caller?.by === "key") meter.take(response, `key:${caller.key.id}`, settings.rateLimitKeyPerMinute);
      if (caller) meter.take(response, `account:${caller.accountId}`, settings.rateLimitPerMinute);
      if (caller?.by === "person") checkSite(request);
      admit(definition, caller);
      await run(request, response, caller);
    };
  return (route: BoundRoute): Work =>
    tracer.on && !route.definition.name.startsWith("system.") ? traced(tracer, route.definition, admitted(route)) : admitted(route);
}

/** A span for each request, below the caller's own. That a caller is refused is no failure of ours. */
function traced(tracer: Tracer, { method, path }: RouteDefinition, work: Work): Work {
  return async (request, response) => {
    const options = { under: request.headersDistinct["traceparent"]?.[0], facts: { requestId: String(response.locals["requestId"]) } };
    const refusal = await tracer.span(`${method} ${path}`, options, async (span) => {
      try {
        await work(request, response);
        span.note({ status: response.statusCode });
        return null;
      } catch (error) {
        const { code } = toFault(error);
        const { status } = failures[code];
        span.note({ status, code });
        if (status >= 500) throw error;
        return { error };
      }
    });
    if (refusal) throw refusal.error;
  };
}

function answerTrouble(log: ApiParts["log"], { request, response, error }: { request: IncomingMessage; response: ServerResponse; error: unknown }): void {
  const { locals } = response as Response;
  // Express refuses a path that cannot be decoded with an error of its own.
  const isUndecodable = error instanceof URIError || (error as { status?: number } | undefined)?.status === 400;
  const given = isUndecodable || error === undefined ? new Fault("not_found") : toFault(error);
  const requestId = String(locals["requestId"]);
  const { accountId } = locals;
  if (isUnexpected(given.code))
    log.error("api.failed", { requestId, ...(accountId && { accountId }), path: request.url?.split("?")[0], code: given.code, error: given.cause });
  sendProblem(response, given, requestId);
}

/** For `Allow`: whatever answers GET answers HEAD. */
function allowedOf(routes: readonly BoundRoute[]): string {
  return [...routes.flatMap(({ definition: { method } }) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"].join(", ");
}

/** A label of few values: never the path as it was asked for. */
function routeOf(request: Request, response: Response): string {
  const bound: unknown = response.locals["route"];
  if (typeof bound === "string") return bound;
  if (request.path.startsWith("/media/")) return "/media";
  return request.path.startsWith("/api/auth/") ? "/api/auth" : "other";
}

const counted = (parts: ApiParts): ApiParts => ({
  ...parts,
  submit: (submission) =>
    parts.tracer.span("generations.accept", {}, async (span) => {
      const { origin } = submission;
      // Workers go on from here.
      const traced = span.traceparent === null ? submission : { ...submission, origin: { ...origin, traceparent: span.traceparent, accepted_ms: Date.now() } };
      const submitted = await parts.submit(traced);
      const { outcome } = submitted;
      parts.meters.count("cooly_accepts_total", { outcome });
      span.note({ outcome, ...("generationId" in submitted && { generationId: submitted.generationId }) });
      return submitted;
    }),
});

type Work = (request: Request, response: Response) => Promise<void>;

function mount(app: express.Express, bound: readonly BoundRoute[], work: (route: BoundRoute) => Work): void {
  for (const [path, some] of Map.groupBy(bound, ({ definition }) => definition.path)) {
    const allowed = allowedOf(some);
    for (const route of some) app[route.definition.method.toLowerCase() as "get" | "post" | "delete"](path, work(route));
    app.all(path, (request, response) => {
      if (request.method !== "OPTIONS") throw new Fault("method_not_allowed", { detail: { allow: allowed } });
      response.setHeader("allow", allowed).status(204).end();
    });
  }
}

/** Names each request, and notes what became of it. */
function createWatch({ log, meters }: ApiParts) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = requestIdOf(request, response);
    response.locals["requestId"] = requestId;
    const startedMs = performance.now();
    response.once("close", () => {
      const { method, path } = request;
      const { statusCode: status } = response;
      const ms = performance.now() - startedMs;
      const streamed = String(response.getHeader("content-type")).startsWith("text/event-stream");
      if (!streamed) meters.observe("cooly_http_request_duration_seconds", { method, route: routeOf(request, response), status: String(status) }, ms / 1000);
      const { accountId, generationId } = response.locals;
      const about = { ...(accountId && { accountId }), ...(generationId && { generationId }) };
      log[method === "GET" && status < 400 ? "debug" : "info"]("api.request", { requestId, ...about, method, path, status, ms: Math.round(ms) });
    });
    next();
  };
}
