import { creditsPerOutput, type ModelView } from "@cooly/contract";
import { formFields, valueOf, type Values } from "./form-fields.ts";

/** What one output costs with these settings, by the rule that the server uses; null where the rule asks for what is not chosen. */
export function costOfOne(model: ModelView, input: Values): number | null {
  try {
    return creditsPerOutput(model.price, input);
  } catch {
    return null;
  }
}

/** What one output costs with what the model takes by itself. */
export function usualCost(model: ModelView): number | null {
  const fields = formFields(model.params);
  return costOfOne(model, Object.fromEntries(fields.map((field) => [field.name, valueOf(field, {})])));
}

export const clampCount = (count: number | null, { outputs }: Pick<ModelView, "outputs">): number => Math.min(Math.max(1, count ?? outputs.default), outputs.max);
