import { z } from "zod";
import { publicId } from "../ids.ts";
import { uploadPurposes } from "../models/file-params.ts";
import { defineRoute } from "./define.ts";
import { Timestamp } from "./shapes.ts";

export const uploadStatuses = ["waiting", "ready", "refused"] as const;

/** Of the file as it comes. */
export const UPLOAD_MAX_BYTES = 30 * 1024 * 1024;

export const UploadView = z
  .strictObject({
    id: publicId("upload"),
    object: z.literal("upload"),
    purpose: z.enum(uploadPurposes),
    status: z.enum(uploadStatuses),
    /** Where and how to put the file while it is waited for; null otherwise. The body has exactly the bytes that were announced. */
    put: z.strictObject({ url: z.string(), method: z.literal("PUT"), headers: z.record(z.string(), z.string()), expires_at: Timestamp }).nullable(),
    /** When it goes if no generation has used it by then; one that is used is kept as long as the generation is. */
    expires_at: Timestamp,
    /** Of the copy that is kept: pixels alone, turned as the camera said. Null until it is ready. */
    mime: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    bytes: z.int().nullable(),
    sha256: z.string().nullable(),
    url: z.string().nullable(),
    thumbnail_url: z.string().nullable(),
    url_expires_at: Timestamp.nullable(),
    /** Why it was refused. */
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    created_at: Timestamp,
  })
  .meta({ id: "Upload" });
export type UploadView = z.infer<typeof UploadView>;

export const CreateUploadBody = z.strictObject({
  purpose: z.enum(uploadPurposes).default("image"),
  /** The Content-Type that the file is put with. What it is in truth is read from its bytes. */
  mime: z.string().max(100),
  bytes: z.int().min(0),
  /** In hex. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type CreateUploadBody = z.infer<typeof CreateUploadBody>;

const params = z.strictObject({ id: z.string() });

export const createUpload = defineRoute({
  name: "uploads.create",
  method: "POST",
  path: "/v1/uploads",
  summary: "Announce a file: the answer says where to put it.",
  access: "generations:write",
  body: CreateUploadBody,
  example: { purpose: "image", mime: "image/png", bytes: 123_456 },
  success: { status: 201, body: UploadView, description: "The upload, waiting for its file.", headers: { location: "Where the upload is." } },
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
    "empty_file",
    "too_large",
    "unsupported_media",
    "too_many_uploads",
  ],
});

export const confirmUpload = defineRoute({
  name: "uploads.confirm",
  method: "POST",
  path: "/v1/uploads/:id/confirm",
  summary: "The file has been put there: look at it, and keep a copy. As often as wanted; the answer stays.",
  access: "generations:write",
  params,
  success: { status: 200, body: UploadView, description: "The upload, ready to be used." },
  failures: [
    "unauthenticated",
    "insufficient_scope",
    "cross_site_request",
    "not_found",
    "not_uploaded",
    "content_mismatch",
    "unsupported_media",
    "size_refused",
    "too_many_pixels",
    "too_many_frames",
    "undecodable",
  ],
});

export const getUpload = defineRoute({
  name: "uploads.get",
  method: "GET",
  path: "/v1/uploads/:id",
  summary: "One upload.",
  access: "generations:read",
  params,
  success: { status: 200, body: UploadView, description: "The upload." },
  failures: ["unauthenticated", "insufficient_scope", "not_found"],
});

export const deleteUpload = defineRoute({
  name: "uploads.delete",
  method: "DELETE",
  path: "/v1/uploads/:id",
  summary: "Delete an upload and its file. A generation that has not begun and needs it is refused, and costs nothing.",
  access: "generations:write",
  params,
  success: {
    status: 200,
    body: z.strictObject({ id: publicId("upload"), object: z.literal("upload"), deleted: z.literal(true) }).meta({ id: "DeletedUpload" }),
    description: "Deleted.",
  },
  failures: ["unauthenticated", "insufficient_scope", "cross_site_request", "not_found"],
});
