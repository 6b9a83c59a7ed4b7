/** Traces by OpenTelemetry; loaded only where they are wanted. */
import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, SpanStatusCode, trace, type Attributes, type Context, type Span as OtelSpan, type SpanContext } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace";
import type { Facts, Log, Span, SpanOptions, Tracer } from "@cooly/engine/ports";

export interface TracingOptions {
  /** The base of OTEL_EXPORTER_OTLP_ENDPOINT: spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly name: string;
  readonly version: string;
  readonly roles: readonly string[];
  readonly log: Log;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what has ended, for a few seconds at the most. */
  close(): Promise<void>;
}

const SEND_EVERY_MS = 1_000;
const SEND_MS = 5_000;
const GOOD_BYE_MS = 3_000;

export function openTracing(options: TracingOptions): Tracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": options.name, "service.version": options.version, "cooly.roles": options.roles.join(",") }),
    spanProcessors: [new BatchSpanProcessor({ exporter: openExporter(options), scheduledDelayMillis: SEND_EVERY_MS })],
  });
  const tracer = provider.getTracer("cooly");
  const around = new AsyncLocalStorage<Context>();

  function begin(name: string, { under, facts = {} }: SpanOptions, startTime?: Date): { span: OtelSpan; context: Context } {
    const above = parse(under);
    const context = above ? trace.setSpanContext(ROOT_CONTEXT, above) : (around.getStore() ?? ROOT_CONTEXT);
    const span = tracer.startSpan(name, { attributes: attributesOf(facts), ...(startTime && { startTime }) }, context);
    return { span, context: trace.setSpan(context, span) };
  }

  return {
    tracer: {
      on: true,
      async span(name, spanOptions, act) {
        const { span, context } = begin(name, spanOptions);
        try {
          return await around.run(context, () => act(wrap(span)));
        } catch (error) {
          // Its name alone: a message may hold what must not leave.
          span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "error" });
          throw error;
        } finally {
          span.end();
        }
      },
      record(name, { began, ended, ...spanOptions }) {
        begin(name, spanOptions, began).span.end(ended);
      },
    },
    async close() {
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, GOOD_BYE_MS).unref())]);
    },
  };
}

/** Says once that nobody takes them, and once that somebody does again. */
function openExporter({ endpoint, headers, log }: TracingOptions): SpanExporter {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces`, headers: { ...headers }, timeoutMillis: SEND_MS });
  let away = false;
  return {
    export(spans, told) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !away) log.warn("traces.not_taken", { error: result.error });
        if (!failed && away) log.info("traces.taken_again");
        away = failed;
        told(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

const wrap = (span: OtelSpan): Span => ({
  traceparent: format(span.spanContext()),
  note: (facts) => void span.setAttributes(attributesOf(facts)),
});

const attributesOf = (facts: Facts): Attributes =>
  Object.fromEntries(Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[`cooly.${name}`, value]])));

const format = ({ traceId, spanId, traceFlags }: SpanContext): string => `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function parse(traceparent: string | null | undefined): SpanContext | null {
  const found = TRACEPARENT.exec(traceparent ?? "");
  if (!found || traceparent!.startsWith("ff") || /^0+$/.test(found[1]!) || /^0+$/.test(found[2]!)) return null;
  return { traceId: found[1]!, spanId: found[2]!, traceFlags: Number.parseInt(found[3]!, 16), isRemote: true };
}
