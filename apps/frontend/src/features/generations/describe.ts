import type { GenerationView, OutputView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";

/** The state of one output in a word or two; with how long it lasts, as the frame says it. */
export function describeOutput({ status, progress, duration_ms: durationMs }: OutputView): string {
  switch (status) {
    case "queued":
      return t.tile.queued;
    case "running":
      return progress === null ? t.tile.running : `${t.tile.running}, ${format.percent(progress)}`;
    case "finalizing":
      return t.tile.finalizing;
    case "unknown":
      return t.tile.unknown;
    case "delivered":
      return durationMs === null ? t.app.statuses.succeeded : `${t.app.statuses.succeeded}, ${format.clock(durationMs)}`;
    case "refused":
      return t.tile.refused;
    case "failed":
      return t.tile.failed;
    case "canceled":
      return t.tile.canceled;
  }
}

/** The middle of how long this model took lately, for somebody who waits; null until there is something to go by. */
export function usualDuration(generations: readonly GenerationView[], model: string): number | null {
  const taken = generations
    .filter((generation) => generation.model === model && generation.status === "succeeded")
    .flatMap(({ timings }) => (timings.total_ms === null ? [] : [timings.total_ms]))
    .slice(0, 15)
    .sort((one, other) => one - other);
  return taken.length < 3 ? null : (taken[Math.floor(taken.length / 2)] ?? null);
}
