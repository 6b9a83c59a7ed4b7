import type { QueryClient } from "@tanstack/react-query";
import type { CreditsView, Event } from "@cooly/contract";
import { keys } from "../api/index.ts";
import { changeGeneration, findCached, putGeneration, refresh } from "../generations/index.ts";
import { reduceOutput } from "./reduce.ts";

/** Brings one event into what is cached. */
export function applyEvent(queries: QueryClient, event: Event): void {
  switch (event.type) {
    case "generation.queued":
      // A replayed beginning must not undo what came after it.
      if (!findCached(queries, event.generation_id)) putGeneration(queries, event.generation);
      return;
    case "generation.succeeded":
    case "generation.failed":
    case "generation.canceled":
      putGeneration(queries, event.generation);
      return;
    case "credits.changed":
      queries.setQueryData<CreditsView>(keys.credits, (known) => (known ? { ...known, available: event.available, held: event.held } : known));
      return;
    default:
      if (findCached(queries, event.generation_id)) changeGeneration(queries, event.generation_id, (generation) => reduceOutput(generation, event));
      else void refresh(queries, event.generation_id);
  }
}
