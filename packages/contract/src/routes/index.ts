import { createApiKey, deleteApiKey, getCredits, getMe, listApiKeys, listLedger } from "./account.ts";
import type { RouteDefinition } from "./define.ts";
import { streamEvents, streamGeneration } from "./events.ts";
import { cancelGeneration, createGeneration, deleteGeneration, getGeneration, listGenerations } from "./generations.ts";
import { receiveHook } from "./hooks.ts";
import { createQuote, getModel, listModels } from "./models.ts";
import { docs, getConfig, healthz, metrics, openapi, readyz } from "./system.ts";
import { confirmUpload, createUpload, deleteUpload, getUpload } from "./uploads.ts";

/** Every route there is: what the API mounts, and what its description is made from. */
export const routes: readonly RouteDefinition[] = [
  healthz,
  readyz,
  openapi,
  docs,
  metrics,
  getConfig,
  listModels,
  getModel,
  createQuote,
  createGeneration,
  listGenerations,
  getGeneration,
  cancelGeneration,
  deleteGeneration,
  streamGeneration,
  streamEvents,
  getMe,
  getCredits,
  listLedger,
  createApiKey,
  listApiKeys,
  deleteApiKey,
  createUpload,
  confirmUpload,
  getUpload,
  deleteUpload,
  receiveHook,
] as unknown as readonly RouteDefinition[];
