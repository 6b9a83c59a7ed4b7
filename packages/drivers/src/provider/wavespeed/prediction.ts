/** A prediction, as WaveSpeed shows it in answers and in webhooks alike. */
import type { Sight } from "@cooly/engine/ports";
import { z } from "zod";
import { resultAt } from "../media-address.ts";
import { createTroubles } from "../trouble.ts";
import { waveSpeedErrors } from "./errors.ts";

export const Prediction = z.object({
  id: z.string().min(1),
  model: z.string(),
  status: z.enum(["created", "processing", "completed", "failed"]),
  outputs: z.array(z.unknown()).nullish(),
  error: z.string().nullish().catch(null),
});
export type Prediction = z.infer<typeof Prediction>;

export interface Asked {
  readonly key: string;
  /** The model that was asked for. */
  readonly model: string;
  readonly pollAfterSeconds: number;
}

export function sightOf({ model, status, outputs, error }: Prediction, asked: Asked): Sight {
  if (status === "created" || status === "processing") return { kind: "running", pollAfterSeconds: asked.pollAfterSeconds };
  if (status === "failed") return failed(error ?? null, asked.key);
  // Where a model is unwell they may let another one answer, at the same price and under the same name of ours.
  if (model !== asked.model) return substituted(model);
  const result = resultAt(outputs?.[0]);
  return result ? { kind: "delivered", result } : { kind: "failed", class: "permanent", message: "The provider finished without a result." };
}

export const substituted = (model: string): Sight & { kind: "failed" } => ({
  kind: "failed",
  class: "permanent",
  code: "model_substituted",
  message: `The provider let another model answer: ${model.slice(0, 100)}.`,
});

/** What failed is paid back there, so another attempt costs nothing. */
function failed(message: string | null, key: string): Sight {
  const isFlagged = /sensitive|nsfw|moderat|content polic|flagged|prohibited|safety/i.test(message ?? "");
  return createTroubles(waveSpeedErrors, key).failure({ code: isFlagged ? "content_flagged" : null, message });
}
