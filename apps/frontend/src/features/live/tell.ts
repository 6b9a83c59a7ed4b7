import type { Event, GenerationView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { isLost, promptOf } from "../generations/index.ts";

const SPOKEN_PROMPT = 80;

/** What a screen reader is told of an event; null for what needs no saying. */
export function announcementOf(event: Event): string | null {
  switch (event.type) {
    case "generation.queued":
      return t.live.queued;
    case "generation.unknown":
      return t.live.unknown;
    case "generation.succeeded":
    case "generation.failed":
    case "generation.canceled":
      return endOf(event.generation);
    default:
      return null;
  }
}

function endOf(generation: GenerationView): string {
  const { outputs, credits, kind, error, status } = generation;
  const prompt = promptOf(generation).slice(0, SPOKEN_PROMPT);
  const delivered = outputs.filter((output) => output.status === "delivered").length;
  const lost = outputs.filter(isLost).length;
  if (status === "canceled") return t.live.canceled(credits.released);
  if (delivered === 0) return t.live.failed(error?.message ?? "", credits.released);
  return lost === 0 ? t.live.ready(delivered, kind, prompt) : t.live.partly(delivered, lost, credits.released, prompt);
}

export const isEnd = (event: Event): boolean => event.type === "generation.succeeded" || event.type === "generation.failed" || event.type === "generation.canceled";
