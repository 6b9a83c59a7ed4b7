import { z } from "zod";
import { defineRoute } from "./define.ts";

export const healthz = defineRoute({
  name: "system.health",
  method: "GET",
  path: "/healthz",
  summary: "Is the process alive? Asks nothing of anybody else.",
  access: "public",
  success: { status: 200, body: z.strictObject({ status: z.literal("ok") }).meta({ id: "Health" }), description: "Alive." },
  failures: [],
});

export const ReadyView = z
  .strictObject({
    status: z.enum(["ready", "not_ready"]),
    checks: z.record(z.string(), z.strictObject({ status: z.enum(["up", "down"]), detail: z.string().optional() })),
  })
  .meta({ id: "Readiness" });

export const readyz = defineRoute({
  name: "system.ready",
  method: "GET",
  path: "/readyz",
  summary: "Each thing that this process needs, and its state; 503 if one is down.",
  access: "public",
  success: { status: 200, body: ReadyView, description: "Ready.", also: { 503: "Something that this process needs is down." } },
  failures: [],
});

export const probeStream = defineRoute({
  name: "system.stream",
  method: "GET",
  path: "/healthz/stream",
  summary: "Two server-sent events, a second apart: whoever gets both at once has something in between that buffers.",
  access: "public",
  success: { status: 200, mediaType: "text/event-stream", event: z.strictObject({}).meta({ id: "Probe" }), description: "The events `first` and `last`." },
  failures: [],
});

export const openapi = defineRoute({
  name: "system.openapi",
  method: "GET",
  path: "/openapi.json",
  summary: "This description.",
  access: "public",
  success: { status: 200, body: z.record(z.string(), z.json()), description: "OpenAPI 3.1." },
  failures: [],
});

/** What the studio must know before anybody has signed in. Nothing of it is baked into a build. */
export const ConfigView = z
  .strictObject({
    name: z.string(),
    version: z.string(),
    sign_up: z.boolean(),
    free_credits: z.int(),
    demo: z.strictObject({ email: z.string(), password: z.string() }).nullable(),
  })
  .meta({ id: "Config" });

export const getConfig = defineRoute({
  name: "system.config",
  method: "GET",
  path: "/v1/config",
  summary: "What a sign-in page needs to know.",
  access: "public",
  success: { status: 200, body: ConfigView, description: "The public configuration." },
  failures: [],
});

export const docs = defineRoute({
  name: "system.docs",
  method: "GET",
  path: "/docs",
  summary: "A page to read this description and try it.",
  access: "public",
  success: { status: 200, mediaType: "text/html", description: "The page." },
  failures: [],
});

export const metrics = defineRoute({
  name: "system.metrics",
  method: "GET",
  path: "/metrics",
  summary: "Figures for Prometheus. Not there unless the operator has set METRICS_TOKEN.",
  access: "operator",
  success: { status: 200, mediaType: "text/plain", description: "Prometheus' text format." },
  failures: ["unauthenticated", "not_found"],
});
