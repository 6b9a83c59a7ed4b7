"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import type { GenerationView, OutputView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { notify } from "../../ui/toast.tsx";
import { useModels } from "../api/index.ts";
import { addressOf, closeDetail } from "../generations/index.ts";
import { changeValue, formFields, useDraft, wishPrompt } from "../recipe/index.ts";
import { givenIn } from "./file-values.ts";
import { giveFile, wordsFor } from "./give-file.ts";

/** Gives a picture that was made here to the model that is chosen. */
export function useAsReference() {
  const router = useRouter();
  const draft = useDraft();
  const models = useModels().data ?? [];
  const [busy, setBusy] = useState(false);

  async function use(_generation: GenerationView, output: OutputView): Promise<void> {
    const model = models.find(({ id }) => id === draft.model) ?? models.find(({ lifecycle }) => lifecycle.status === "active");
    const field = model && formFields(model.params).find(({ file }) => file?.purpose === "image");
    const { url } = addressOf(output);
    if (!model || !field || !url) return void notify({ text: t.files.noReference });
    const before = givenIn(draft.values[model.id]?.[field.name]);
    if (field.file?.isList && before.length >= (field.maxItems ?? Infinity)) return void notify({ text: t.files.tooLong });
    setBusy(true);
    try {
      const picture = await (await fetch(url)).blob();
      const { id } = await giveFile(picture, { purpose: "image", onProgress: () => undefined, signal: new AbortController().signal });
      changeValue(model.id, field.name, field.file?.isList ? [...before, { upload: id }] : { upload: id });
      wishPrompt();
      if (!closeDetail("/") && window.location.pathname !== "/") router.push("/", { scroll: false });
    } catch (error) {
      notify({ text: wordsFor(error) });
    } finally {
      setBusy(false);
    }
  }

  return { use, busy };
}
