import type { ApiKeyView, ConfigView, CreateGenerationBody, CreditsView, GenerationView, LedgerEntryView, MeView, ModelView, Scope, UploadPurpose, UploadView } from "@cooly/contract";
import type { z } from "zod";
import { request } from "./request.ts";

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly last_id: string | null;
  readonly has_more: boolean;
}

export interface GenerationFilter {
  readonly status?: string;
  readonly model?: string;
  readonly q?: string;
}

export type Config = z.infer<typeof ConfigView>;
export type NewApiKey = ApiKeyView & { readonly key: string };
export type Submission = Pick<CreateGenerationBody, "model" | "input" | "outputs">;

export interface Announcement {
  readonly purpose: UploadPurpose;
  readonly mime: string;
  readonly bytes: number;
}

type Query = Readonly<Record<string, string | number | null | undefined>>;

export function search(path: string, query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== null && pair[1] !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? path : `${path}?${text}`;
}

/** The calls of the API that the studio makes. */
export const api = {
  config: () => request<Config>("/v1/config"),
  me: () => request<MeView>("/v1/me"),
  models: () => request<Page<ModelView>>("/v1/models"),
  credits: () => request<CreditsView>("/v1/credits"),
  ledger: (query: { after?: string | null; limit: number }) => request<Page<LedgerEntryView>>(search("/v1/credits/ledger", query)),

  generations: (query: GenerationFilter & { after?: string | null; limit: number }, signal?: AbortSignal) =>
    request<Page<GenerationView>>(search("/v1/generations", { ...query }), signal ? { signal } : {}),
  generation: (id: string) => request<GenerationView>(`/v1/generations/${encodeURIComponent(id)}`),
  submit: (body: Submission, key: string) => request<GenerationView>("/v1/generations", { method: "POST", body, headers: { "idempotency-key": key } }),
  cancel: (id: string) => request<GenerationView>(`/v1/generations/${encodeURIComponent(id)}/cancel`, { method: "POST", body: {} }),
  remove: (id: string, { keepalive = false } = {}) => request<unknown>(`/v1/generations/${encodeURIComponent(id)}`, { method: "DELETE", keepalive }),

  announce: (body: Announcement) => request<UploadView>("/v1/uploads", { method: "POST", body }),
  confirmUpload: (id: string) => request<UploadView>(`/v1/uploads/${encodeURIComponent(id)}/confirm`, { method: "POST", body: {} }),
  upload: (id: string) => request<UploadView>(`/v1/uploads/${encodeURIComponent(id)}`),

  apiKeys: () => request<Page<ApiKeyView>>("/v1/api-keys"),
  makeApiKey: (body: { name: string; scopes: readonly Scope[] }) => request<NewApiKey>("/v1/api-keys", { method: "POST", body }),
  revokeApiKey: (id: string) => request<unknown>(`/v1/api-keys/${encodeURIComponent(id)}`, { method: "DELETE" }),
};
