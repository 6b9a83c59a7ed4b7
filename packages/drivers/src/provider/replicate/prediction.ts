/** A prediction, as Replicate shows it in answers and in webhooks alike. */
import { classByRules } from "@cooly/contract";
import type { Result, Sight } from "@cooly/engine/ports";
import { z } from "zod";
import { resultAt } from "../media-address.ts";
import { createTroubles } from "../trouble.ts";
import { replicateErrors } from "./errors.ts";

export const Prediction = z.object({
  id: z.string().min(1),
  status: z.enum(["starting", "processing", "succeeded", "failed", "canceled", "aborted"]),
  version: z.string().nullish(),
  output: z.unknown().optional(),
  error: z.string().nullish().catch(null),
  metrics: z.object({ predict_time: z.number().optional() }).nullish().catch(null),
  started_at: z.string().nullish(),
  completed_at: z.string().nullish(),
  deadline: z.string().nullish(),
});
export type Prediction = z.infer<typeof Prediction>;

export function sightOf(prediction: Prediction, { key, pollAfterSeconds }: { key: string; pollAfterSeconds: number }): Sight {
  switch (prediction.status) {
    case "starting":
    case "processing":
      return { kind: "running", pollAfterSeconds };
    case "succeeded":
      return delivered(prediction);
    case "failed":
      return failed(prediction, key);
    case "canceled":
    case "aborted":
      return ended(prediction);
  }
}

function delivered({ output, version, metrics }: Prediction): Sight {
  const result = resultIn(output);
  // An hour later the output is gone, and the prediction still a success.
  if (!result) return { kind: "failed", class: "permanent", message: "The provider finished without a result." };
  // Where a version is named its price counts seconds of a machine; official models count what they made, and hide theirs.
  const seconds = /^[0-9a-f]{64}$/.test(version ?? "") ? metrics?.predict_time : undefined;
  return { kind: "delivered", result, ...(seconds !== undefined && { units: seconds }) };
}

/** An address, several of them, or an object with one in it. */
function resultIn(output: unknown): Result | null {
  if (typeof output !== "object" || output === null) return resultAt(output);
  for (const one of Object.values(output)) {
    const found = resultAt(one);
    if (found) return found;
  }
  return null;
}

function failed({ error }: Prediction, key: string): Sight {
  const message = error ?? null;
  const isUnsafe = /nsfw|flagged as sensitive|content polic|moderation|safety (filter|checker|system)/i.test(message ?? "");
  const code = /\b(E\d{3,4})\b/.exec(message ?? "")?.[1] ?? (isUnsafe ? "marked_as_unsafe" : null);
  const failure = createTroubles(replicateErrors, key).failure({ code, message });
  // Time on a machine is billed even where it came to nothing: what nobody knows is not bought again.
  return classByRules(replicateErrors, { code }) === null ? { ...failure, class: "permanent" } : failure;
}

/** By us, or by its deadline. What had not begun costs nothing, and may begin again. */
function ended({ status, started_at, completed_at, deadline }: Prediction): Sight {
  const isLate = Boolean(deadline && completed_at && Date.parse(completed_at) >= Date.parse(deadline));
  if (!isLate) return { kind: "canceled" };
  const isFree = status === "aborted" && !started_at;
  return { kind: "failed", class: isFree ? "overloaded" : "permanent", message: "The provider did not finish it in time." };
}
