import type { IncomingMessage, RequestListener } from "node:http";
import express, { type NextFunction, type Request, type Response } from "express";
import { Fault } from "@cooly/contract";
import { isThere } from "@cooly/engine";
import { createCallers } from "./auth/caller.ts";
import { createDoor } from "./auth/door.ts";
import { createPeople, type People } from "./auth/people.ts";
import { createApiServer, straighten } from "./http/edge.ts";
import { createAddressOf, createCors, createMeter, createSecurityHeaders, createSiteCheck, refuseLongUrl, requestIdOf } from "./http/guards.ts";
import { refuseLargeBody } from "./http/json-body.ts";
import { createPatience } from "./http/patience.ts";
import { isUnexpected, sendProblem, toFault } from "./http/problem.ts";
import { admit, type BoundRoute } from "./http/route.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createMediaHandler } from "./media.ts";
import type { ApiParts } from "./parts.ts";
import { accountRoutes } from "./routes/account.ts";
import { eventRoutes } from "./routes/events.ts";
import { generationRoutes } from "./routes/generations.ts";
import { publicRoutes } from "./routes/public.ts";
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
  const { settings, log, limiter } = parts;
  const people = createPeople(parts);
  const callers = createCallers({ db: parts.db, people });
  const views = createViews(parts);
  const streams = createStreams({ hub: parts.hub, views, callers });
  const metrics = settings.metricsToken === null ? null : createMetrics({ db: parts.db, log, streams });
  const stopping = new AbortController();
  const meter = createMeter(limiter);
  const addressOf = createAddressOf(settings.trustedProxyHops);
  const checkSite = createSiteCheck(settings);
  const cors = createCors(settings);
  const patience = createPatience(() => isThere(parts.db, PROBE_MS));
  const media = createMediaHandler(parts);
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);

  app.use(createWatch(log, metrics));
  app.use(createSecurityHeaders(settings));
  app.use((request, response, next) => {
    if (crooked.has(request)) throw new Fault("malformed_request");
    refuseLongUrl(request);
    // What is no page of ours runs nothing, wherever it is opened.
    if (OURS.test(request.url)) response.setHeader("content-security-policy", BARE_POLICY);
    if (!cors(request, response)) next();
  });

  app.all(["/media/*path"], (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") throw new Fault("method_not_allowed", { detail: { allow: "GET, HEAD" } });
    return media(request, response);
  });
  const door = createDoor({ people, callers, meter, addressOf, checkSite, settings });
  app.all("/api/auth/*path", (request, response) => patience.hold(request, response, door(request, response)));

  const bound: BoundRoute[] = [
    ...publicRoutes(parts, metrics),
    ...generationRoutes(metrics ? counted(parts, metrics) : parts, views, stopping.signal),
    ...eventRoutes(parts, streams),
    ...accountRoutes(parts, callers),
  ];
  const unmetered = new Set(["system.health", "system.ready"]);
  // The rest of what is public answers alike to everybody, and whether or not the database does.
  const curious = new Set(["models.list", "models.get"]);
  const answer = (route: BoundRoute) => async (request: Request, response: Response) => {
    response.locals["route"] = route.definition.path;
    const metered = !unmetered.has(route.definition.name);
    if (metered) meter.take(response, `ip:${addressOf(request)}`, settings.rateLimitIpPerMinute);
    if (route.definition.body) refuseLargeBody(request);
    const asks = !["public", "operator"].includes(route.definition.access) || curious.has(route.definition.name);
    const caller = asks ? await callers.identify(request, response) : null;
    if (caller?.by === "key") meter.take(response, `key:${caller.key.id}`, settings.rateLimitKeyPerMinute);
    if (caller) meter.take(response, `account:${caller.accountId}`, settings.rateLimitPerMinute);
    if (caller?.by === "person") checkSite(request);
    admit(route.definition, caller);
    await route.run(request, response, caller);
  };
  mount(app, bound, (route) => {
    const work = answer(route);
    return (request, response) => patience.hold(request, response, work(request, response));
  });

  app.use((request, response) => {
    if (parts.studio === null || OURS.test(request.url)) throw new Fault("not_found");
    parts.studio(request, response);
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    // Express refuses a path that cannot be decoded with an error of its own.
    const given = error instanceof URIError || (error as { status?: number }).status === 400 ? new Fault("not_found") : toFault(error);
    const requestId = String(response.locals["requestId"]);
    if (isUnexpected(given.code)) log.error("api.failed", { requestId, path: request.path, code: given.code, error: given.cause });
    sendProblem(response, given, requestId);
  });

  // Before Express, which lets a target that it cannot read past everything.
  const crooked = new WeakSet<IncomingMessage>();
  const handler: RequestListener = (request, response) => {
    if (!straighten(request)) {
      crooked.add(request);
      request.url = "/";
    }
    app(request, response);
  };

  return {
    handler,
    auth: people,
    async close() {
      stopping.abort();
      streams.close();
      await callers.close();
    },
  };
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

const counted = (parts: ApiParts, metrics: Metrics): ApiParts => ({
  ...parts,
  async submit(submission) {
    const submitted = await parts.submit(submission);
    metrics.accepted(submitted.outcome);
    return submitted;
  },
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
function createWatch(log: ApiParts["log"], metrics: Metrics | null) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = requestIdOf(request, response);
    response.locals["requestId"] = requestId;
    const startedMs = performance.now();
    response.once("close", () => {
      const { method, path } = request;
      const { statusCode: status } = response;
      const ms = performance.now() - startedMs;
      const streamed = String(response.getHeader("content-type")).startsWith("text/event-stream");
      if (!streamed) metrics?.answered({ method, route: routeOf(request, response), status, seconds: ms / 1000 });
      log[method === "GET" && status < 400 ? "debug" : "info"]("api.request", { requestId, method, path, status, ms: Math.round(ms) });
    });
    next();
  };
}
