import { z } from "zod";
import { publicId } from "../ids.ts";
import { defineRoute, scopes } from "./define.ts";
import { Timestamp, listOf } from "./shapes.ts";

export const MeView = z
  .strictObject({
    object: z.literal("me"),
    account_id: publicId("account"),
    /** Null where the caller is an API key. */
    person: z.strictObject({ email: z.string(), name: z.string(), admin: z.boolean() }).nullable(),
    api_key: z.strictObject({ id: publicId("apiKey"), name: z.string(), scopes: z.array(z.enum(scopes)) }).nullable(),
  })
  .meta({ id: "Me" });
export type MeView = z.infer<typeof MeView>;

export const getMe = defineRoute({
  name: "me.get",
  method: "GET",
  path: "/v1/me",
  summary: "Who is calling.",
  access: "account:read",
  success: { status: 200, body: MeView, description: "The caller." },
  failures: ["unauthenticated", "insufficient_scope"],
});

export const CreditsView = z
  .strictObject({
    object: z.literal("credits"),
    /** Free to spend now: unexpired and not held. */
    available: z.int(),
    /** Reserved by generations that have not ended. */
    held: z.int(),
    spent: z.int(),
    lots: z.array(
      z.strictObject({ source: z.string(), granted: z.int(), remaining: z.int(), held: z.int(), expires_at: Timestamp.nullable(), created_at: Timestamp }),
    ),
  })
  .meta({ id: "Credits" });
export type CreditsView = z.infer<typeof CreditsView>;

export const getCredits = defineRoute({
  name: "credits.get",
  method: "GET",
  path: "/v1/credits",
  summary: "How many credits there are, and in which lots.",
  access: "account:read",
  success: { status: 200, body: CreditsView, description: "The balance." },
  failures: ["unauthenticated", "insufficient_scope"],
});

export const transferKinds = ["grant", "reserve", "capture", "release", "expire", "clawback"] as const;

export const LedgerEntryView = z
  .strictObject({
    /** A cursor for `after`. */
    id: z.string(),
    kind: z.enum(transferKinds),
    credits: z.int().min(1),
    /** What this did to `available` and to `held`. */
    available_change: z.int(),
    held_change: z.int(),
    available_after: z.int(),
    generation_id: publicId("generation").nullable(),
    output_index: z.int().nullable(),
    reason: z.string().nullable(),
    created_at: Timestamp,
  })
  .meta({ id: "LedgerEntry" });
export type LedgerEntryView = z.infer<typeof LedgerEntryView>;

export const listLedger = defineRoute({
  name: "credits.ledger",
  method: "GET",
  path: "/v1/credits/ledger",
  summary: "Every movement of credits, newest first.",
  access: "account:read",
  query: z.strictObject({ after: z.string().max(40).optional(), limit: z.coerce.number().int().min(1).max(100).default(50) }),
  success: { status: 200, body: listOf(LedgerEntryView, "Ledger"), description: "One page." },
  failures: ["unauthenticated", "insufficient_scope", "invalid_parameter", "out_of_range", "unknown_field", "invalid_cursor"],
});

export const ApiKeyView = z
  .strictObject({
    id: publicId("apiKey"),
    object: z.literal("api_key"),
    name: z.string(),
    /** The first characters, to tell keys apart. */
    hint: z.string(),
    scopes: z.array(z.enum(scopes)),
    created_at: Timestamp,
    last_used_at: Timestamp.nullable(),
    expires_at: Timestamp.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKeyView = z.infer<typeof ApiKeyView>;

export const createApiKey = defineRoute({
  name: "api-keys.create",
  method: "POST",
  path: "/v1/api-keys",
  summary: "Make an API key. It is shown this once.",
  access: "person",
  body: z.strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .default([...scopes]),
    expires_at: Timestamp.nullable().default(null),
  }),
  example: { name: "my server", scopes: ["generations:read", "generations:write"] },
  success: { status: 201, body: ApiKeyView.extend({ key: z.string() }).meta({ id: "NewApiKey" }), description: "The key, in clear, once." },
  failures: [
    "unauthenticated",
    "insufficient_scope",
    "cross_site_request",
    "invalid_json",
    "unsupported_media_type",
    "payload_too_large",
    "unknown_field",
    "invalid_parameter",
  ],
});

export const listApiKeys = defineRoute({
  name: "api-keys.list",
  method: "GET",
  path: "/v1/api-keys",
  summary: "The API keys of the account.",
  access: "person",
  success: { status: 200, body: listOf(ApiKeyView, "ApiKeyList"), description: "All of them." },
  failures: ["unauthenticated", "insufficient_scope"],
});

export const deleteApiKey = defineRoute({
  name: "api-keys.delete",
  method: "DELETE",
  path: "/v1/api-keys/:id",
  summary: "Revoke an API key.",
  access: "person",
  params: z.strictObject({ id: z.string() }),
  success: {
    status: 200,
    body: z.strictObject({ id: publicId("apiKey"), object: z.literal("api_key"), deleted: z.literal(true) }).meta({ id: "DeletedApiKey" }),
    description: "Revoked.",
  },
  failures: ["unauthenticated", "insufficient_scope", "cross_site_request", "not_found"],
});
