import { z } from "zod";
import { publicId } from "../ids.ts";
import { mediaKinds } from "../models/manifest.ts";
import { generationStatuses, outputErrorCodes, outputStatuses } from "../models/states.ts";
import { defineRoute } from "./define.ts";
import { Timestamp, listOf } from "./shapes.ts";

export const OutputError = z.strictObject({ code: z.enum(outputErrorCodes), message: z.string() }).meta({ id: "OutputError" });

export const OutputView = z
  .strictObject({
    id: publicId("output"),
    index: z.int().min(0),
    status: z.enum(outputStatuses),
    /** 0 to 1 while it runs, where the provider tells; null otherwise. */
    progress: z.number().min(0).max(1).nullable(),
    url: z.string().nullable(),
    /** The same bytes, to be saved under a name instead of shown. */
    download_url: z.string().nullable(),
    url_expires_at: Timestamp.nullable(),
    mime: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    bytes: z.int().nullable(),
    duration_ms: z.int().nullable(),
    sha256: z.string().nullable(),
    thumbnail_url: z.string().nullable(),
    /** A ThumbHash in base64, drawn while the picture loads. */
    thumbhash: z.string().nullable(),
    /** How loud a sound is over its length: one byte for each part of it, base64. Null where it could not be decoded, and for other kinds. */
    waveform: z.string().nullable(),
    /** Who says in the file that a model made it: its vendor, by a C2PA manifest or by IPTC's source type, or this installation (`marked`). */
    provenance: z.enum(["c2pa", "source_type", "marked"]).nullable(),
    seed: z.int().nullable(),
    error: OutputError.nullable(),
    credits: z.strictObject({ quoted: z.int(), charged: z.int(), released: z.int() }),
  })
  .meta({ id: "Output" });
export type OutputView = z.infer<typeof OutputView>;

export const GenerationView = z
  .strictObject({
    id: publicId("generation"),
    object: z.literal("generation"),
    model: z.string(),
    model_version: z.int(),
    kind: z.enum(mediaKinds),
    status: z.enum(generationStatuses),
    /** Set once a cancel was asked for and the verdict is still open. */
    cancel_requested: z.boolean(),
    input: z.record(z.string(), z.json()),
    outputs: z.array(OutputView),
    credits: z.strictObject({ quoted: z.int(), charged: z.int(), released: z.int() }),
    error: OutputError.nullable(),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    timings: z.strictObject({
      queued_ms: z.int().nullable(),
      provider_ms: z.int().nullable(),
      transfer_ms: z.int().nullable(),
      total_ms: z.int().nullable(),
    }),
    metadata: z.record(z.string(), z.string()),
    created_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
  })
  .meta({ id: "Generation" });
export type GenerationView = z.infer<typeof GenerationView>;

export const Metadata = z.record(z.string().min(1).max(64), z.string().max(512)).refine((value) => Object.keys(value).length <= 16, "at most 16 members");

/** `input` is checked against the model's own schema; here it only has to be an object. */
export const CreateGenerationBody = z.strictObject({
  model: z.string().max(200),
  input: z.record(z.string(), z.json()),
  outputs: z.int().min(1).max(100).default(1),
  metadata: Metadata.default({}),
  quote: z.string().max(1000).optional(),
});
export type CreateGenerationBody = z.infer<typeof CreateGenerationBody>;

export const createGeneration = defineRoute({
  name: "generations.create",
  method: "POST",
  path: "/v1/generations",
  summary: "Accept a generation: reserves its credits and queues its outputs, all or nothing.",
  access: "generations:write",
  headers: z.object({
    "idempotency-key": z
      .string()
      .optional()
      .meta({ description: "1 to 255 printable ASCII characters. The same key and body answer with the same generation; with another body: 422." }),
    prefer: z
      .string()
      .optional()
      .meta({ description: "`wait=N` (up to 60, and 60 without a number): answer the finished generation if it ends within N seconds." }),
  }),
  body: CreateGenerationBody,
  bodyBytesMax: 8 * 1024 * 1024,
  example: { model: "demo/painter", input: { prompt: "A lighthouse at dusk", size: "1024x1024" }, outputs: 1 },
  success: {
    status: 202,
    body: GenerationView,
    description: "Accepted.",
    also: { 200: "With `Prefer: wait`: it ended in time." },
    headers: {
      location: "Where the generation is.",
      "idempotent-replayed": "`true` where an earlier request with this key was answered again.",
      "preference-applied": "`wait=N` where it was waited for.",
    },
  },
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
    "invalid_idempotency_key",
    "invalid_quote",
    "not_found",
    "insufficient_credits",
    "idempotency_key_reuse",
    "quote_exceeded",
    "unknown_upload",
    "upload_not_ready",
    "invalid_data_url",
    "empty_file",
    "too_large",
    "unsupported_media",
    "size_refused",
    "too_many_pixels",
    "too_many_frames",
    "undecodable",
    "mask_size_differs",
    "too_many_uploads",
    "blocked_address",
    "fetch_failed",
  ],
});

export const ListGenerationsQuery = z.strictObject({
  after: publicId("generation").optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  status: z.enum(generationStatuses).optional(),
  model: z.string().max(200).optional(),
  kind: z.enum(mediaKinds).optional(),
  q: z.string().max(200).optional(),
});

export const listGenerations = defineRoute({
  name: "generations.list",
  method: "GET",
  path: "/v1/generations",
  summary: "Generations of the account, newest first.",
  access: "generations:read",
  query: ListGenerationsQuery,
  success: { status: 200, body: listOf(GenerationView, "GenerationList"), description: "One page." },
  failures: ["unauthenticated", "insufficient_scope", "invalid_parameter", "out_of_range", "unknown_field", "invalid_cursor"],
});

export const GenerationParams = z.strictObject({ id: z.string() });

export const getGeneration = defineRoute({
  name: "generations.get",
  method: "GET",
  path: "/v1/generations/:id",
  summary: "One generation.",
  access: "generations:read",
  params: GenerationParams,
  success: { status: 200, body: GenerationView, description: "The generation." },
  failures: ["unauthenticated", "insufficient_scope", "not_found"],
});

export const cancelGeneration = defineRoute({
  name: "generations.cancel",
  method: "POST",
  path: "/v1/generations/:id/cancel",
  summary: "Ask to cancel. What settled first wins.",
  access: "generations:write",
  params: GenerationParams,
  success: { status: 202, body: GenerationView, description: "The generation, canceled or about to be." },
  failures: ["unauthenticated", "insufficient_scope", "cross_site_request", "not_found", "already_finished"],
});

export const deleteGeneration = defineRoute({
  name: "generations.delete",
  method: "DELETE",
  path: "/v1/generations/:id",
  summary: "Purge the prompt and the media; the ledger stays.",
  access: "generations:write",
  params: GenerationParams,
  success: {
    status: 200,
    body: z.strictObject({ id: publicId("generation"), object: z.literal("generation"), deleted: z.literal(true) }).meta({ id: "DeletedGeneration" }),
    description: "Purged.",
  },
  failures: ["unauthenticated", "insufficient_scope", "cross_site_request", "not_found", "not_finished"],
});
