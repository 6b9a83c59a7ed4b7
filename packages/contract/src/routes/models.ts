import { z } from "zod";
import { ModelManifest } from "../models/manifest.ts";
import { Route } from "../models/route.ts";
import { defineRoute } from "./define.ts";
import { Timestamp, listOf } from "./shapes.ts";

export const ModelView = z
  .strictObject({
    id: z.string(),
    object: z.literal("model"),
    /** Seconds since 1970: OpenAI's form. */
    created: z.int(),
    owned_by: z.string(),
    version: z.int(),
    name: z.string(),
    kind: ModelManifest.shape.kind,
    description: z.string(),
    label: z.string().nullable(),
    outputs: ModelManifest.shape.outputs,
    params: ModelManifest.shape.params,
    price: ModelManifest.shape.price,
    lifecycle: ModelManifest.shape.lifecycle,
    /** For admins. */
    routes: z.array(Route).optional(),
  })
  .meta({ id: "Model" });
export type ModelView = z.infer<typeof ModelView>;

export const listModels = defineRoute({
  name: "models.list",
  method: "GET",
  path: "/v1/models",
  summary: "The models on offer.",
  access: "public",
  success: { status: 200, body: listOf(ModelView, "ModelList"), description: "All of them, on one page." },
  failures: ["unauthenticated"],
});

export const getModel = defineRoute({
  name: "models.get",
  method: "GET",
  /** Model ids hold a slash; sent plain or escaped (`demo%2Fpainter`). */
  path: "/v1/models/*id",
  summary: "One model.",
  access: "public",
  params: z.strictObject({ id: z.string() }),
  success: { status: 200, body: ModelView, description: "The model." },
  failures: ["unauthenticated", "not_found"],
});

export const QuoteBody = z.strictObject({
  model: z.string().max(200),
  input: z.record(z.string(), z.json()),
  outputs: z.int().min(1).max(100).default(1),
});

export const QuoteView = z
  .strictObject({ object: z.literal("quote"), model: z.string(), outputs: z.int(), credits: z.int(), expires_at: Timestamp, token: z.string() })
  .meta({ id: "Quote" });

export const createQuote = defineRoute({
  name: "quotes.create",
  method: "POST",
  path: "/v1/quotes",
  summary: "The most a request can cost, before it is sent. Its token caps the generation.",
  access: "generations:read",
  body: QuoteBody,
  example: { model: "demo/painter", input: { prompt: "A lighthouse at dusk", size: "1024x1024" }, outputs: 4 },
  success: { status: 200, body: QuoteView, description: "The quote." },
  failures: [
    "unauthenticated",
    "insufficient_scope",
    "cross_site_request",
    "invalid_json",
    "unsupported_media_type",
    "payload_too_large",
    "unknown_field",
    "invalid_parameter",
    "out_of_range",
    "prompt_required",
    "prompt_too_long",
    "unsupported_parameter",
    "unknown_model",
  ],
});
