import { Fault, getConfig, getModel, healthz, listModels, openapi, readyz } from "@cooly/contract";
import { bind, type BoundRoute } from "../http/route.ts";
import { describeApi } from "../openapi.ts";
import type { ApiParts } from "../parts.ts";
import { viewModel } from "../views.ts";
import type { Caller } from "../auth/caller.ts";

const isAdmin = (caller: Caller | null): boolean => caller?.by === "person" && caller.person.admin;

export function publicRoutes({ catalogue, readiness, settings }: ApiParts): BoundRoute[] {
  let description: Record<string, never> | null = null;
  return [
    bind(healthz, async () => ({ body: { status: "ok" as const } })),

    bind(readyz, async () => {
      const checks = await readiness();
      const ready = Object.values(checks).every(({ status }) => status === "up");
      return { status: ready ? 200 : 503, body: { status: ready ? ("ready" as const) : ("not_ready" as const), checks } };
    }),

    bind(openapi, async () => ({ body: (description ??= describeApi(settings) as Record<string, never>) })),

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
