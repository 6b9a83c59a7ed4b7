import type { RequestListener } from "node:http";
import type { Catalogue, createSubmit, Database, Doorbell, EventHub, Limiter, Uploads } from "@cooly/engine";
import type { Cache, Clock, GuardedDownloads, HookReader, Log, ObjectStore, Tracer } from "@cooly/engine/ports";
import type { Meters } from "../metrics/meters.ts";

export interface ApiSettings {
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
  /** Where pages put files, beside here. */
  readonly uploadOrigins: readonly string[];
  /** Where media come from that are not `https:`. */
  readonly mediaOrigins: readonly string[];
  readonly authSecret: string;
  readonly cookieDomain: string | null;
  readonly trustedProxyHops: number;
  readonly freeCredits: number;
  readonly freeCreditsDays: number | null;
  readonly signUp: boolean;
  readonly rateLimitPerMinute: number;
  readonly rateLimitKeyPerMinute: number;
  readonly rateLimitIpPerMinute: number;
  readonly signInPerMinute: number;
  /** Null: there is no /metrics. */
  readonly metricsToken: string | null;
  readonly version: string;
  readonly demo: { readonly email: string; readonly password: string } | null;
}

export type Readiness = Record<string, { status: "up" | "down"; detail?: string }>;

export interface ApiParts {
  readonly db: Database;
  readonly doorbell: Doorbell;
  readonly hub: EventHub;
  readonly limiter: Limiter;
  /** Of sessions; null: the database alone knows them. */
  readonly cache: Cache | null;
  readonly catalogue: Catalogue;
  readonly submit: ReturnType<typeof createSubmit>;
  readonly store: ObjectStore;
  readonly uploads: Uploads;
  /** Reads what lies at addresses that people give. */
  readonly fetches: GuardedDownloads;
  /** By provider: who reads its webhooks. */
  readonly hooks: ReadonlyMap<string, HookReader>;
  readonly log: Log;
  readonly meters: Meters;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly settings: ApiSettings;
  readonly readiness: () => Promise<Readiness>;
  /** Answers everything that no path of the API takes; null: nothing does. */
  readonly studio: RequestListener | null;
}
