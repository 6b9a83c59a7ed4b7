/** Environment -> who watches this process: figures, traces, and the parts that both are read from. */
import { tracesOf } from "@cooly/engine";
import { quietTracer, type Log, type Tracer } from "@cooly/engine/ports";
import type { RoleName } from "@cooly/topology";
import { tellInstallation } from "../metrics/installation.ts";
import { quietMeters, type Meters } from "../metrics/meters.ts";
import type { Configuration } from "./configuration.ts";
import { countLines, measureQueue, measureStore, tellQueue } from "./measured.ts";
import type { Parts } from "./parts.ts";
import { chooseQueue } from "./queue.ts";
import { chooseStorage } from "./storage.ts";

export interface Watching {
  readonly meters: Meters;
  readonly tracer: Tracer;
  /** Counts its lines too. */
  readonly log: Log;
  /** The same parts, measured. */
  over(parts: Parts): Parts;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly configuration: Configuration;
  readonly roles: readonly RoleName[];
  readonly version: string;
  readonly log: Log;
}

export async function openWatch({ configuration, roles, version, log: given }: WatchOptions): Promise<Watching> {
  const meters = configuration.text("METRICS_TOKEN") === null ? quietMeters : (await import("../metrics/prometheus.ts")).createMeters(given);
  const log = meters === quietMeters ? given : countLines(given, meters);
  const endpoint = configuration.text("OTEL_EXPORTER_OTLP_ENDPOINT");
  const headers = headersOf(configuration.list("OTEL_EXPORTER_OTLP_HEADERS"));
  const name = configuration.text("OTEL_SERVICE_NAME") ?? "cooly";
  const tracing = endpoint === null ? null : (await import("./tracing.ts")).openTracing({ endpoint, headers, name, version, roles, log });
  const tracer = tracing?.tracer ?? quietTracer;
  const queueDriver = chooseQueue(configuration);
  const storageDriver = chooseStorage(configuration);
  return {
    meters,
    tracer,
    log,
    over(parts) {
      const { db } = parts;
      const quiet = meters === quietMeters && !tracer.on;
      if (quiet) return parts;
      if (roles.includes("api") || roles.includes("sweeper")) tellInstallation(meters, db);
      if (roles.includes("relay")) tellQueue(parts.queue, queueDriver, meters);
      tellPool(meters, parts);
      const queue = measureQueue(parts.queue, queueDriver, { meters, tracer, originsOf: (outputIds) => tracesOf(db, outputIds) });
      return { ...parts, queue, store: measureStore(parts.store, storageDriver, { meters, tracer }) };
    },
    close: async () => tracing?.close(),
  };
}

function tellPool(meters: Meters, { db: { pool } }: Parts): void {
  meters.onScrape(["cooly_database_connections"], (set) => {
    set("cooly_database_connections", { state: "idle" }, pool.idleCount);
    set("cooly_database_connections", { state: "busy" }, pool.totalCount - pool.idleCount);
    set("cooly_database_connections", { state: "waiting" }, pool.waitingCount);
  });
}

/** `name=value`, as OpenTelemetry has it: values may be percent-encoded. */
function headersOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())];
    }),
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
