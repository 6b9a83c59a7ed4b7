import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import type { z } from "zod";
import { Event, everywhere, failures, Problem, routes, type FailureCode, type RouteDefinition } from "@cooly/contract";
import type { ApiSettings } from "./parts.ts";

/** The description of the API, made from the schemas that check it. */
export function describeApi(settings: Pick<ApiSettings, "version" | "publicUrl">): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/[:*](\w+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Cooly", version: settings.version, description: "Images, video and speech from many models, behind one API." },
    servers: [{ url: settings.publicUrl }],
    components: {
      schemas: { Event },
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key: ck_..." },
        session: { type: "apiKey", in: "cookie", name: "cooly.session_token" },
      },
    },
    paths: paths as ZodOpenApiPathsObject,
  });
}

function operation(route: RouteDefinition): ZodOpenApiOperationObject {
  const { success } = route;
  const parameters = {
    ...(route.params && { path: route.params as z.ZodObject }),
    ...(route.query && { query: route.query as z.ZodObject }),
    ...(route.headers && { header: route.headers as z.ZodObject }),
  };
  const content = success.body ? { "application/json": { schema: success.body } } : { [success.mediaType ?? "application/json"]: {} };
  return {
    operationId: route.name,
    summary: route.summary,
    security: route.access === "public" ? [] : route.access === "person" ? [{ session: [] }] : [{ apiKey: [] }, { session: [] }],
    ...(Object.keys(parameters).length > 0 && { requestParams: parameters }),
    ...(route.body && { requestBody: { required: true, content: { "application/json": { schema: route.body } } } }),
    responses: { [success.status]: { description: success.description, content }, ...problems([...route.failures, ...everywhere]) },
  };
}

function problems(codes: readonly FailureCode[]): ZodOpenApiOperationObject["responses"] {
  const byStatus = Map.groupBy(codes, (code) => failures[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      String(status),
      { description: some.map((code) => `\`${code}\`: ${failures[code].say}`).join("\n"), content: { "application/problem+json": { schema: Problem } } },
    ]),
  );
}
