"use client";

import type { GenerationView, ModelView } from "@cooly/contract";
import { createStore, useStore } from "../../ui/store.ts";
import { formFields, recipeOf, type Values } from "./form-fields.ts";

/** What is being written. It survives a reload. */
export interface Draft {
  readonly prompt: string;
  /** Null until one was chosen. */
  readonly model: string | null;
  readonly count: number | null;
  /** Settings, by model: going back to a model finds them as they were. */
  readonly values: Readonly<Record<string, Values>>;
}

const PLACE = "cooly.draft";
const empty: Draft = { prompt: "", model: null, count: null, values: {} };

const store = createStore<Draft>(empty);
let restored = false;

/** Reads a stored draft; whatever is not of the right shape counts as absent. */
export function parseDraft(text: string | null): Draft {
  try {
    const value = JSON.parse(text ?? "null") as Partial<Record<keyof Draft, unknown>> | null;
    if (typeof value !== "object" || value === null) return empty;
    const values = typeof value.values === "object" && value.values !== null && !Array.isArray(value.values) ? (value.values as Draft["values"]) : {};
    return {
      prompt: typeof value.prompt === "string" ? value.prompt : "",
      model: typeof value.model === "string" ? value.model : null,
      count: typeof value.count === "number" && Number.isInteger(value.count) ? value.count : null,
      values,
    };
  } catch {
    return empty;
  }
}

function restore(): void {
  if (restored || typeof window === "undefined") return;
  restored = true;
  store.set(parseDraft(stored(() => localStorage.getItem(PLACE)) ?? null));
  store.subscribe(() => stored(() => localStorage.setItem(PLACE, JSON.stringify(store.get()))));
}

/** A browser may forbid storage; writing goes on without it. */
function stored<Value>(use: () => Value): Value | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

export function useDraft(): Draft {
  restore();
  return useStore(store);
}

export const changeDraft = (change: Partial<Draft>): void => store.set((draft) => ({ ...draft, ...change }));

export const changeValue = (model: string, name: string, value: unknown): void =>
  store.set((draft) => ({ ...draft, values: { ...draft.values, [model]: { ...draft.values[model], [name]: value } } }));

export const resetValues = (model: string): void => store.set((draft) => ({ ...draft, values: { ...draft.values, [model]: {} } }));

/** Another person's words stay theirs. */
export const forgetDraft = (): void => store.set(empty);

/** Takes over a generation's prompt, model, settings and count. A model that is gone leaves the one in use. */
export function reuseRecipe(generation: GenerationView, models: readonly ModelView[]): void {
  restore();
  const { input, model, outputs } = generation;
  const known = models.find(({ id }) => id === model);
  const prompt = typeof input["prompt"] === "string" ? input["prompt"] : "";
  store.set((draft) => ({
    prompt,
    model: known ? model : draft.model,
    count: known ? outputs.length : draft.count,
    values: known ? { ...draft.values, [model]: recipeOf(formFields(known.params), input) } : draft.values,
  }));
}
