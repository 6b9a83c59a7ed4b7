import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createEventHub, createSubmit } from "@cooly/engine";
import type { Log } from "@cooly/engine/ports";
import type { RoleName } from "@cooly/topology";
import type { Api, ApiSettings } from "../api/index.ts";
import { openKept } from "./cache.ts";
import type { Configuration } from "./configuration.ts";
import { refuseUnfit } from "./database-check.ts";
import { createHealth } from "./health.ts";
import { measureHub, type Watch } from "./measured.ts";
import { openParts, type Parts } from "./parts.ts";
import { usesQueue } from "./queue.ts";
import { createReadiness } from "./readiness.ts";
import { openWatch } from "./watch.ts";
import { openUploads } from "./uploads.ts";
import { createWorkers, type Workers } from "./workers.ts";

export interface ServeOptions {
  readonly configuration: Configuration;
  readonly roles: readonly RoleName[];
  readonly databaseUrl: string;
  readonly authSecret: string;
  readonly publicUrl: string;
  /** A process without an API answers for its health there. Null: this process does not listen. */
  readonly listen: { readonly host: string | null; readonly port: number } | null;
  readonly studio: RequestListener | null;
  readonly demo: { readonly email: string; readonly password: string } | null;
  readonly log: Log;
}

export interface Serving {
  /** Null where this process does not listen. */
  readonly port: number | null;
  /** Null where this process has no API. */
  readonly api: Api | null;
  readonly parts: Parts;
  /** Stops taking work, finishes or hands back what is in hand, and lets go of everything. */
  stop(): Promise<void>;
}

export const version = "0.1.0";

/** One process with these roles. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { configuration, databaseUrl, publicUrl, authSecret } = options;
  const watch = await openWatch({ ...options, version });
  const { log, meters, tracer } = watch;
  const opened = await openParts({ configuration, databaseUrl, publicUrl, secret: authSecret, log });
  const parts = { ...watch.over(opened), meters, tracer };
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  let workers: Workers | null = null;
  let front: Front | null = null;
  let unfollow = (): void => undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await front?.close();
    await Promise.all(running);
    await workers?.close();
    unfollow();
    await opened.close();
    await watch.close();
  };
  try {
    await refuseUnfit(parts.db);
    const following = [await opened.catalogue.follow(opened.doorbell), await opened.circuits.follow()];
    unfollow = () => following.forEach((end) => end());
    if (usesQueue(options.roles)) await parts.queue.open();
    workers = await createWorkers(parts, options.roles, configuration);
    front = await openFront(options, parts);
    running.push(...workers.roles.map((role) => role.run(stopping.signal)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: front?.port ?? null, api: front?.api ?? null, parts, stop };
}

/** What the API reads of the environment. */
export function apiSettings({
  configuration,
  publicUrl,
  authSecret,
  demo,
  mediaOrigins,
}: Pick<ServeOptions, "configuration" | "publicUrl" | "authSecret" | "demo"> & { readonly mediaOrigins: readonly string[] }): ApiSettings {
  const frontend = configuration.text("FRONTEND_URL");
  const number = (name: Parameters<Configuration["number"]>[0], fallback: number): number => configuration.number(name) ?? fallback;
  return {
    publicUrl,
    authSecret,
    demo,
    version,
    uploadOrigins: mediaOrigins,
    mediaOrigins: mediaOrigins.filter((origin) => !origin.startsWith("https:")),
    allowedOrigins: [...configuration.list("ALLOWED_ORIGINS"), ...(frontend ? [new URL(frontend).origin] : [])],
    cookieDomain: configuration.text("COOKIE_DOMAIN"),
    trustedProxyHops: number("TRUSTED_PROXY_HOPS", 0),
    freeCredits: number("DEFAULT_FREE_CREDITS", 100),
    freeCreditsDays: configuration.number("DEFAULT_FREE_CREDITS_DAYS"),
    signUp: configuration.flag("SIGN_UP"),
    rateLimitPerMinute: number("RATE_LIMIT_PER_MINUTE", 600),
    rateLimitKeyPerMinute: number("RATE_LIMIT_KEY_PER_MINUTE", number("RATE_LIMIT_PER_MINUTE", 600)),
    metricsToken: configuration.text("METRICS_TOKEN"),
    rateLimitIpPerMinute: number("RATE_LIMIT_IP_PER_MINUTE", 1200),
    signInPerMinute: number("SIGN_IN_PER_MINUTE", 20),
  };
}

interface Front {
  readonly port: number;
  readonly api: Api | null;
  close(): Promise<void>;
}

async function openFront(options: ServeOptions, parts: Parts & Watch): Promise<Front | null> {
  const { listen: where, roles, configuration } = options;
  const { meters } = parts;
  const metricsToken = configuration.text("METRICS_TOKEN");
  if (!where) return null;
  const { api, server } = roles.includes("api")
    ? await openApi(options, parts)
    : { api: null, server: createServer(createHealth({ check: createReadiness(parts, roles), meters, metricsToken })) };
  const port = await listen(server, where).catch(async (error: unknown) => {
    await api?.close();
    throw error;
  });
  return {
    port,
    api,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await api?.close();
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), 3_000);
      await closed;
      clearTimeout(force);
    },
  };
}

async function openApi(options: ServeOptions, parts: Parts & Watch): Promise<{ api: Api; server: Server }> {
  const { db, doorbell, log, meters } = parts;
  // Loaded here, so that a process without this role never loads a web framework.
  const { createApi, createApiServer } = await import("../api/index.ts");
  const hub = measureHub(createEventHub({ db, doorbell, log }), meters);
  const kept = await openKept({ ...parts, configuration: options.configuration });
  const files = await openUploads({ ...parts, configuration: options.configuration });
  const { isThere } = kept;
  if (isThere) meters.onScrape(["cooly_cache_up"], (set) => set("cooly_cache_up", {}, isThere() ? 1 : 0));
  const api = await createApi({
    ...parts,
    hub,
    uploads: files.uploads,
    fetches: files.fetches,
    limiter: kept.limiter,
    cache: kept.cache,
    submit: createSubmit(db, doorbell),
    studio: options.studio,
    settings: apiSettings({ ...options, mediaOrigins: parts.storage.origins }),
    readiness: createReadiness(parts, options.roles),
  });
  const close = async (): Promise<void> => {
    await api.close();
    await hub.close();
    await kept.close();
    files.close();
  };
  return { api: { ...api, close }, server: createApiServer(api.handler) };
}

function listen(server: Server, { host, port }: NonNullable<ServeOptions["listen"]>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new Error(whyDeaf(error, port), { cause: error })));
    server.listen({ port, ...(host !== null && { host }) }, () => resolve((server.address() as AddressInfo).port));
  });
}

function whyDeaf({ code, message }: NodeJS.ErrnoException, port: number): string {
  if (code === "EADDRINUSE") return `port ${port} is taken; set PORT (cooly serve) or COOLY_PORT (cooly up) to a free one`;
  if (code === "EACCES") return `port ${port} is not for this user to take; set PORT (cooly serve) or COOLY_PORT (cooly up) to one above 1023`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `HOST is not an address of this machine; set it to one that is, for example 0.0.0.0 for all`;
  return message;
}
