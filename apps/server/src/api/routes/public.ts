import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { docs, Fault, getConfig, getModel, healthz, listModels, metrics as getMetrics, openapi, probeStream, readyz } from "@cooly/contract";
import type { Description } from "../docs/description.ts";
import { DOCS_POLICY, renderDocs } from "../docs/page.ts";
import { bind, bindStream, type BoundRoute } from "../http/route.ts";
import { describeApi } from "../openapi.ts";
import { opens } from "../../metrics/token.ts";
import type { ApiParts } from "../parts.ts";
import { STREAM_HEAD } from "../sse.ts";
import { viewModel } from "../views.ts";
import type { Caller } from "../auth/caller.ts";

const PROBE_GAP_MS = 1_000;

const isAdmin = (caller: Caller | null): boolean => caller?.by === "person" && caller.person.admin;

export function publicRoutes({ catalogue, readiness, settings, meters }: ApiParts): BoundRoute[] {
  let made: object | null = null;
  const describe = (): object => (made ??= describeApi(settings));
  return [
    bind(healthz, async () => ({ body: { status: "ok" as const } })),

    bind(readyz, async () => {
      const checks = await readiness();
      const ready = Object.values(checks).every(({ status }) => status === "up");
      return { status: ready ? 200 : 503, body: { status: ready ? ("ready" as const) : ("not_ready" as const), checks } };
    }),

    bindStream(probeStream, async ({ response }) => {
      response.writeHead(200, STREAM_HEAD);
      response.write("event: first\ndata: {}\n\n");
      await sleep(PROBE_GAP_MS);
      response.end("event: last\ndata: {}\n\n");
    }),

    bind(openapi, async () => ({ body: describe() as Record<string, never> })),

    bindStream(docs, async ({ response }) => {
      response.setHeader("content-security-policy", DOCS_POLICY);
      send(response, "text/html; charset=utf-8", renderDocs(describe() as Description));
    }),

    bindStream(getMetrics, async ({ request, response }) => {
      if (settings.metricsToken === null) throw new Fault("not_found");
      if (!opens(request.headers.authorization, settings.metricsToken)) throw new Fault("unauthenticated");
      const { mediaType, text } = await meters.render();
      send(response, mediaType, text);
    }),

    bind(getConfig, async () => ({
      body: { name: "Cooly", version: settings.version, sign_up: settings.signUp, free_credits: settings.freeCredits, demo: settings.demo },
    })),

    bind(listModels, async (_call, caller) => {
      const data = catalogue.list().map((model) => viewModel(model, isAdmin(caller)));
      return { body: { object: "list" as const, data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: false } };
    }),

    bind(getModel, async ({ params }, caller) => {
      const model = catalogue.find(params["id"]!);
      if (!model) throw new Fault("not_found");
      return { body: viewModel(model, isAdmin(caller)) };
    }),
  ];
}

function send(response: ServerResponse, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(200, { "content-type": type, "content-length": body.length, "cache-control": "no-store" });
  response.end(body);
}
