import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createEventHub, createLimiter, createSubmit, isThere, pendingMigrations } from "@cooly/engine";
import type { Log } from "@cooly/engine/ports";
import type { RoleName } from "@cooly/topology";
import { createApi, createApiServer, type Api, type ApiSettings } from "../api/index.ts";
import type { Configuration } from "./configuration.ts";
import { openParts, type Parts } from "./parts.ts";
import { createWorkers } from "./workers.ts";

export interface ServeOptions {
  readonly configuration: Configuration;
  readonly roles: readonly RoleName[];
  readonly databaseUrl: string;
  readonly authSecret: string;
  readonly publicUrl: string;
  readonly listen: { readonly host: string | null; readonly ports: readonly number[] };
  readonly studio: RequestListener | null;
  readonly demo: { readonly email: string; readonly password: string } | null;
  readonly log: Log;
}

export interface Serving {
  /** Null where this process has no API. */
  readonly port: number | null;
  readonly api: Api | null;
  readonly parts: Parts;
  /** Stops taking work, finishes or hands back what is in hand, and lets go of everything. */
  stop(): Promise<void>;
}

const READY_MS = 2_000;

export const version = "0.1.0";

/** One process with these roles. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { configuration, log, databaseUrl, publicUrl, authSecret } = options;
  const parts = openParts({ configuration, databaseUrl, publicUrl, secret: authSecret, log });
  const missing = await pendingMigrations(parts.db.pool);
  if (missing.length > 0) {
    await parts.close();
    throw new Error(`the database lacks ${missing.join(", ")}; run: cooly migrate`);
  }
  const stopping = new AbortController();
  const workers = await createWorkers(parts, options.roles, configuration);
  const running = workers.roles.map((role) => role.run(stopping.signal));
  const front = options.roles.includes("api") ? await openFront(options, parts) : null;
  return {
    port: front?.port ?? null,
    api: front?.api ?? null,
    parts,
    async stop() {
      stopping.abort();
      await front?.close();
      await Promise.all(running);
      await workers.close();
      await parts.close();
    },
  };
}

/** What the API reads of the environment. */
export function apiSettings({
  configuration,
  publicUrl,
  authSecret,
  demo,
}: Pick<ServeOptions, "configuration" | "publicUrl" | "authSecret" | "demo">): ApiSettings {
  const frontend = configuration.text("FRONTEND_URL");
  const number = (name: Parameters<Configuration["number"]>[0], fallback: number): number => configuration.number(name) ?? fallback;
  return {
    publicUrl,
    authSecret,
    demo,
    version,
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

async function openFront(options: ServeOptions, parts: Parts): Promise<{ port: number; api: Api; close(): Promise<void> }> {
  const { db, doorbell, log } = parts;
  const hub = createEventHub({ db, doorbell, log });
  const limiter = createLimiter({ db, log });
  const api = await createApi({
    ...parts,
    hub,
    limiter,
    submit: createSubmit(db, doorbell),
    studio: options.studio,
    settings: apiSettings(options),
    readiness: () => checkReadiness(parts, options.roles),
  });
  const server = createApiServer(api.handler);
  const port = await listen(server, options.listen);
  return {
    port,
    api,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await api.close();
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), 3_000);
      await closed;
      clearTimeout(force);
      await hub.close();
      await limiter.close();
    },
  };
}

async function checkReadiness({ db, doorbell }: Parts, roles: readonly RoleName[]): Promise<Record<string, { status: "up" | "down"; detail?: string }>> {
  const database = await isThere(db, READY_MS).then((there) => (there ? { status: "up" as const } : { status: "down" as const, detail: "no answer" }));
  const hears = doorbell.listening() ? {} : { detail: "polling: LISTEN does not deliver" };
  return { database, doorbell: { status: "up", ...hears }, ...Object.fromEntries(roles.map((role) => [`role:${role}`, { status: "up" as const }])) };
}

/** The first of these ports that is free. */
async function listen(server: Server, { host, ports }: ServeOptions["listen"]): Promise<number> {
  for (const port of ports) {
    const taken = await new Promise<boolean>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => (error.code === "EADDRINUSE" ? resolve(true) : reject(error));
      server.once("error", onError);
      server.listen({ port, ...(host !== null && { host }) }, () => {
        server.off("error", onError);
        resolve(false);
      });
    });
    if (!taken) return (server.address() as AddressInfo).port;
  }
  throw new Error(`port ${ports.join(", ")} is taken; set PORT or COOLY_PORT to a free one`);
}
