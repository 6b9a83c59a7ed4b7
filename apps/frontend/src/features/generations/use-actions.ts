"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import type { GenerationView, OutputView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { notify } from "../../ui/toast.tsx";
import { copyText } from "../../ui/use-copy.ts";
import { api, isSignedOut, keys, Refusal, useModels } from "../api/index.ts";
import { reuseRecipe, submitOnce, wishPrompt } from "../recipe/index.ts";
import { putGeneration } from "./cache.ts";
import { fileName, addressOf } from "./file-address.ts";
import { closeDetail } from "./open-detail.ts";
import { removeWithUndo } from "./removal.ts";
import { promptOf, retriable } from "./tiles.ts";
import { stopBeside, walk, wishFocus } from "./walk.ts";

/** What can be done with a generation, wherever it is shown. */
export function useActions() {
  const queries = useQueryClient();
  const router = useRouter();
  const models = useModels().data;

  return useMemo(() => {
    function reuse(generation: GenerationView) {
      reuseRecipe(generation, models ?? []);
      wishPrompt();
      if (!closeDetail("/") && window.location.pathname !== "/") router.push("/", { scroll: false });
    }

    async function retry(generation: GenerationView) {
      const { model, input } = generation;
      try {
        putGeneration(queries, await submitOnce({ model, input, outputs: Math.max(1, retriable(generation)) }));
        window.scrollTo({ top: 0, behavior: "smooth" });
      } catch (error) {
        notify({ text: sentenceOfFailure(error) });
      }
    }

    async function cancel({ id }: GenerationView) {
      try {
        putGeneration(queries, await api.cancel(id));
      } catch (error) {
        if (isSignedOut(error)) return;
        notify({ text: error instanceof Refusal && error.status === 409 ? t.list.cancelFailed : t.create.noReply });
      }
      void queries.invalidateQueries({ queryKey: keys.credits });
    }

    /** Answers with the stop that takes its place. */
    function remove(generation: GenerationView) {
      const beside = stopBeside(walk.get().stops, generation.id);
      const first = walk.get().stops.find(({ id }) => id === generation.id);
      removeWithUndo(queries, generation, () => first && wishFocus(first.key));
      return beside;
    }

    async function copyPrompt(generation: GenerationView) {
      notify({ text: (await copyText(promptOf(generation))) ? t.list.copied : t.list.copyFailed });
    }

    return { reuse, retry, cancel, remove, copyPrompt };
  }, [queries, router, models]);
}

export type Actions = ReturnType<typeof useActions>;

function sentenceOfFailure(error: unknown): string {
  if (!(error instanceof Refusal)) return t.create.noReply;
  const { needed, available } = error.problem;
  if (error.code === "insufficient_credits" && typeof needed === "number" && typeof available === "number") return t.create.missing(needed - available);
  return error.status === 429 ? t.create.busy : t.create.failed(error.message);
}

/** Does what the download link does, for a key. */
export function download(generation: GenerationView, output: OutputView): void {
  const { download: url } = addressOf(output);
  if (!url) return;
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName(generation, output);
  document.body.append(link);
  link.click();
  link.remove();
}
