import type { z } from "zod";
import type { FailureCode } from "../failures.ts";

/** Who may call: nobody in particular, a signed-in person, or a person or a key with this scope. */
export const scopes = ["generations:read", "generations:write", "account:read"] as const;
export type Scope = (typeof scopes)[number];
/** `operator`: whoever holds the operator's own token for it. */
export type Access = "public" | "person" | "operator" | Scope;

export interface RouteDefinition<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Success extends z.ZodType = z.ZodType,
> {
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Express form: `/v1/generations/:id`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly headers?: z.ZodType;
  /** Of the body, where it may hold files as `data:` addresses. Without them it is as small as any other. */
  readonly bodyBytesMax?: number;
  /** A body that this route takes; the description shows it. */
  readonly example?: z.input<Body>;
  readonly success: {
    readonly status: number;
    readonly body?: Success;
    readonly mediaType?: string;
    /** Of a stream: what the `data` of each event is. */
    readonly event?: z.ZodType;
    readonly description: string;
    /** Another status with the same body, and when. */
    readonly also?: Readonly<Record<number, string>>;
    /** What the answer's own headers mean. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** What this route can fail with, beyond what every route can (`everywhere`). */
  readonly failures: readonly FailureCode[];
}

/** Failures that any route may answer with. */
export const everywhere = ["rate_limit_exceeded", "internal_error", "unavailable"] as const satisfies readonly FailureCode[];

export const defineRoute = <
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Success extends z.ZodType = z.ZodUndefined,
>(
  route: RouteDefinition<Params, Query, Body, Success>,
): RouteDefinition<Params, Query, Body, Success> => route;
