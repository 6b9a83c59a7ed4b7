import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request, Response } from "express";
import type { z } from "zod";
import { Fault, type RouteDefinition } from "@cooly/contract";
import { hasScope, type Caller } from "../auth/caller.ts";
import { readJson } from "./json-body.ts";
import { check, readQuery } from "./parameters.ts";
import { refuseUnstorable } from "./text.ts";

export interface Call<Query, Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Answer<Success> {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Success;
}

export interface BoundRoute {
  readonly definition: RouteDefinition;
  run(request: Request, response: Response, caller: Caller | null): Promise<void>;
}

type QueryOf<D> = D extends RouteDefinition<z.ZodType, infer Q, z.ZodType, z.ZodType> ? z.output<Q> : never;
type BodyOf<D> = D extends RouteDefinition<z.ZodType, z.ZodType, infer B, z.ZodType> ? z.output<B> : never;
type SuccessOf<D> = D extends RouteDefinition<z.ZodType, z.ZodType, z.ZodType, infer S> ? z.output<S> : never;

/** Binds a definition to what answers it. Checking, access and status come from the definition. */
export function bind<D extends RouteDefinition>(
  definition: D,
  answer: (call: Call<QueryOf<D>, BodyOf<D>>, caller: Caller) => Promise<Answer<SuccessOf<D>>>,
): BoundRoute {
  return {
    definition,
    async run(request, response, caller) {
      const query = definition.query ? check(definition.query, readQuery(request.originalUrl), "query") : undefined;
      let body: unknown;
      if (definition.body) {
        body = await readJson(request, definition.bodyBytesMax);
        refuseUnstorable(body);
        body = check(definition.body, body, "body");
      }
      const call = { params: paramsOf(request), query, body, request, response } as Call<QueryOf<D>, BodyOf<D>>;
      const { status = definition.success.status, headers = {}, body: answered } = await answer(call, caller as Caller);
      // Whoever waited may have been told that nobody answers.
      if (response.headersSent) return;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      if (!response.hasHeader("cache-control")) response.setHeader("cache-control", "no-store");
      response.status(status).type("application/json").send(JSON.stringify(answered));
    },
  };
}

/** For answers that are no JSON: the handler writes them. */
export function bindStream(definition: RouteDefinition, stream: (call: Call<undefined, undefined>, caller: Caller) => Promise<void>): BoundRoute {
  return {
    definition,
    run: (request, response, caller) => stream({ params: paramsOf(request), query: undefined, body: undefined, request, response }, caller as Caller),
  };
}

// A wildcard of Express is a list of segments.
function paramsOf(request: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.params as Record<string, string | string[]>).map(([name, value]) => [name, Array.isArray(value) ? value.join("/") : value]),
  );
}

/** Throws unless this caller may use this route. */
export function admit({ access }: RouteDefinition, caller: Caller | null): void {
  // The operator's token is for the route to look at.
  if (access === "public" || access === "operator") return;
  if (!caller) throw new Fault("unauthenticated");
  if (access === "person" ? caller.by !== "person" : !hasScope(caller, access)) throw new Fault("insufficient_scope");
}
