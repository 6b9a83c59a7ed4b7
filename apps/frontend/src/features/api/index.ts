export { keys } from "./keys.ts";
export { apiOrigin } from "./origin.ts";
export { createQueryClient } from "./query-client.ts";
export { api, search, type Config, type GenerationFilter, type NewApiKey, type Page, type Submission } from "./resources.ts";
export { NoReply, Refusal, isSignedOut, isUncertain } from "./trouble.ts";
export { useConfig, useCredits, useMe, useModels } from "./use-resources.ts";
