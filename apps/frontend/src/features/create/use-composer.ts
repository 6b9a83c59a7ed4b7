"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { MediaKind, ModelView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { isUncertain, keys, Refusal, useCredits, useModels, type Submission } from "../api/index.ts";
import { putGeneration } from "../generations/index.ts";
import { clampCount, costOfOne, fieldOfPath, formFields, inputOf, submitOnce, useDraft, valueOf, type FormField, type Values } from "../recipe/index.ts";

export type FieldErrors = Readonly<Record<string, string>>;

/** Everything that the prompt bar and the settings show, and the press of the one button. */
export function useComposer() {
  const queries = useQueryClient();
  const draft = useDraft();
  const models = useModels();
  const available = useCredits().data?.available;
  const [errors, setErrors] = useState<FieldErrors>({});
  const [notice, setNotice] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const model = chosen(models.data ?? [], draft.model);
  const fields = useMemo(() => (model ? formFields(model.params) : []), [model]);
  const values = (model && draft.values[model.id]) ?? {};
  const count = model ? clampCount(draft.count, model) : 1;
  const input = inputOf(fields, draft.prompt, values);
  const each = model ? costOfOne(model, input) : null;
  const cost = each === null ? null : each * count;
  const missing = cost !== null && available !== undefined && cost > available ? cost - available : 0;

  async function create(): Promise<boolean> {
    if (!model || busy) return false;
    const found = checkPrompt(draft.prompt, fields);
    setErrors(found);
    setNotice(null);
    if (Object.keys(found).length > 0) return false;
    setBusy(true);
    try {
      putGeneration(queries, await submitOnce({ model: model.id, input: input as Submission["input"], outputs: count }));
      return true;
    } catch (error) {
      setErrors(fieldErrors(error, fields));
      setNotice(noticeOf(error, fields));
      return false;
    } finally {
      setBusy(false);
      void queries.invalidateQueries({ queryKey: keys.credits });
    }
  }

  const clearError = (name: string) => setErrors(({ [name]: _, ...rest }) => rest);
  return { draft, models: models.data ?? [], loading: models.isPending, model, fields, values, count, cost, missing, errors, notice, busy, create, clearError };
}

export type Composer = ReturnType<typeof useComposer>;

/** Of the model that is asked next. */
export function useKind(): MediaKind {
  const models = useModels();
  return chosen(models.data ?? [], useDraft().model)?.kind ?? "image";
}

const chosen = (models: readonly ModelView[], id: string | null): ModelView | undefined =>
  models.find((model) => model.id === id) ?? models.find(({ lifecycle }) => lifecycle.status === "active") ?? models[0];

export const promptField = (fields: readonly FormField[]): FormField | undefined => fields.find(({ control }) => control === "prompt");
export const sizeField = (fields: readonly FormField[]): FormField | undefined => fields.find(({ control }) => control === "size");

export const sizeOf = (fields: readonly FormField[], values: Values): string | null => {
  const field = sizeField(fields);
  const value = field && valueOf(field, values);
  return typeof value === "string" ? value : null;
};

function checkPrompt(prompt: string, fields: readonly FormField[]): FieldErrors {
  const field = promptField(fields);
  if (!field) return {};
  if (field.required && prompt.trim() === "") return { [field.name]: t.create.promptMissing };
  const over = prompt.trim().length - (field.maxLength ?? Infinity);
  return over > 0 ? { [field.name]: t.create.promptOver(over) } : {};
}

/** What the server says of each field, by the field's name. */
function fieldErrors(error: unknown, fields: readonly FormField[]): FieldErrors {
  if (!(error instanceof Refusal)) return {};
  const named = (error.problem.errors ?? []).map(({ path, message }): [string, string] => [fieldOfPath(path), message]);
  const prompt = promptField(fields);
  const aboutPrompt = error.code.startsWith("prompt_") && prompt && named.length === 0 ? [[prompt.name, error.message] as [string, string]] : [];
  return Object.fromEntries([...named, ...aboutPrompt]);
}

/** What concerns no field in sight. */
function noticeOf(error: unknown, fields: readonly FormField[]): string | null {
  if (!(error instanceof Refusal)) return isUncertain(error) ? t.create.noReply : t.create.failed(t.app.broken.title);
  const { needed, available } = error.problem;
  if (error.code === "insufficient_credits") return t.create.missing(typeof needed === "number" && typeof available === "number" ? needed - available : 0);
  if (error.status === 429) return t.create.busy;
  if (isUncertain(error)) return t.create.noReply;
  const shown = Object.keys(fieldErrors(error, fields)).some((name) => fields.some((field) => field.name === name));
  return shown ? null : t.create.failed(error.message);
}
