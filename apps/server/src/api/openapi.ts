import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject, type ZodOpenApiResponseObject } from "zod-openapi";
import { z } from "zod";
import { everywhere, failures, Problem, routes, type Access, type FailureCode, type RouteDefinition } from "@cooly/contract";
import { sessionCookie } from "./auth/people.ts";
import type { ApiSettings } from "./parts.ts";

/** The description of the API, made from the schemas that check it. */
export function describeApi(settings: Pick<ApiSettings, "version" | "publicUrl" | "cookieDomain">): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/[:*](\w+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Cooly", version: settings.version, description: "Images, video and speech from many models, behind one API." },
    servers: [{ url: settings.publicUrl }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key: ck_..." },
        session: { type: "apiKey", in: "cookie", name: sessionCookie(settings), description: "A signed-in person: POST /api/auth/sign-in/email." },
        metricsToken: { type: "http", scheme: "bearer", description: "The operator's METRICS_TOKEN." },
      },
    },
    paths: paths as ZodOpenApiPathsObject,
  });
}

const tagOf = ({ name }: RouteDefinition): string => name.slice(0, name.indexOf("."));

function securityOf(access: Access): Record<string, string[]>[] {
  if (access === "public") return [];
  if (access === "operator") return [{ metricsToken: [] }];
  return access === "person" ? [{ session: [] }] : [{ apiKey: [] }, { session: [] }];
}

function operation(route: RouteDefinition): ZodOpenApiOperationObject {
  const parameters = {
    ...(route.params && { path: route.params as z.ZodObject }),
    ...(route.query && { query: route.query as z.ZodObject }),
    ...(route.headers && { header: route.headers as z.ZodObject }),
  };
  const { example } = route;
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [tagOf(route)],
    security: securityOf(route.access),
    ...(Object.keys(parameters).length > 0 && { requestParams: parameters }),
    ...(route.body && { requestBody: { required: true, content: { "application/json": { schema: route.body, ...(example !== undefined && { example }) } } } }),
    responses: merge(problems([...route.failures, ...everywhere]), successes(route)),
  };
}

type Responses = Record<string, ZodOpenApiResponseObject>;

/** A status may be an answer and a failure. */
function merge(failed: Responses, good: Responses): Responses {
  const both = Object.entries(good).map(([status, answer]) => {
    const failure = failed[status];
    if (!failure) return [status, answer] as const;
    const description = `${answer.description}\n${failure.description}`;
    return [status, { ...answer, description, content: { ...answer.content, ...failure.content } }] as const;
  });
  return { ...failed, ...Object.fromEntries(both) };
}

function successes({ success, access }: RouteDefinition): Responses {
  const { body, event, mediaType = "application/json" } = success;
  // Of a stream: what each event's `data` is.
  const content = { [mediaType]: { schema: body ?? event ?? z.string() } };
  const named = { ...success.headers, ...(access === "public" || access === "operator" ? {} : limits), "x-request-id": "Echoed, or made." };
  const headers = z.object(Object.fromEntries(Object.entries(named).map(([name, description]) => [name, z.string().optional().meta({ description })])));
  const statuses = Object.entries({ [success.status]: success.description, ...success.also });
  return Object.fromEntries(statuses.map(([status, description]) => [status, { description, content, headers }]));
}

const limits = {
  "ratelimit-policy": 'The limit that will bite first: `"default";q=600;w=60`.',
  ratelimit: 'What is left of it: `"default";r=599;t=42`.',
};

function problems(codes: readonly FailureCode[]): Responses {
  const byStatus = Map.groupBy(codes, (code) => failures[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      String(status),
      { description: some.map((code) => `\`${code}\`: ${failures[code].say}`).join("\n"), content: { "application/problem+json": { schema: Problem } } },
    ]),
  );
}
