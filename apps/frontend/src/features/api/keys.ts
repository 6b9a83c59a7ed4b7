import type { GenerationFilter } from "./resources.ts";

/** Names of what is cached. */
export const keys = {
  config: ["config"] as const,
  me: ["me"] as const,
  models: ["models"] as const,
  credits: ["credits"] as const,
  ledger: ["ledger"] as const,
  apiKeys: ["api-keys"] as const,
  generationLists: ["generations"] as const,
  generations: (filter: GenerationFilter) => ["generations", filter] as const,
  upload: (id: string) => ["upload", id] as const,
  generation: (id: string) => ["generation", id] as const,
};
