import type { Database, Doorbell } from "../db/index.ts";
import type { Log } from "../ports/index.ts";
import { reportProgress, type Fence } from "./leases.ts";

const GATHER_MS = 250;

export interface Progress {
  /** `fraction`: 0 to 1. Told a moment later, with what else is reported meanwhile. Nothing depends on it. */
  note(fence: Fence, fraction: number): void;
}

export function openProgress({ db, doorbell, log }: { db: Database; doorbell: Pick<Doorbell, "ring">; log: Log }): Progress {
  const noted = new Map<string, Fence & { fraction: number }>();
  let timer: NodeJS.Timeout | null = null;

  async function tell(): Promise<void> {
    timer = null;
    const reports = [...noted.values()];
    noted.clear();
    await reportProgress(db, reports);
    doorbell.ring("events");
  }

  return {
    note({ outputId, attempt }, fraction) {
      noted.set(outputId, { outputId, attempt, fraction: Math.min(1, Math.max(0, fraction || 0)) });
      timer ??= setTimeout(() => void tell().catch((error: unknown) => log.warn("gen-worker.progress_failed", { error })), GATHER_MS).unref();
    },
  };
}
