import { createAdvance } from "@cooly/engine";
import type { RoleName } from "@cooly/topology";
import { createCaptureWorker } from "../workers/capture-worker/index.ts";
import { createGenWorker } from "../workers/gen-worker/index.ts";
import { createOutboxRelay } from "../workers/outbox-relay/index.ts";
import type { Passes, Role } from "../workers/role.ts";
import { createSessionSweeper } from "../workers/session-sweeper/index.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Configuration } from "./configuration.ts";
import { measureProvider, type Watch } from "./measured.ts";
import type { Parts } from "./parts.ts";
import { loadDrives } from "./vendors.ts";

export interface Workers {
  readonly roles: readonly Role[];
  close(): Promise<void>;
}

/** The worker roles of this process. */
export async function createWorkers(given: Parts & Watch, wanted: readonly RoleName[], configuration: Configuration): Promise<Workers> {
  const parts = { ...given, passes: countPasses(given.meters) };
  const roles: Role[] = [];
  let close = async (): Promise<void> => undefined;
  if (wanted.includes("relay")) roles.push(createOutboxRelay(parts));
  if (wanted.includes("gen") || wanted.includes("capture")) {
    const { close: closeDrives, ...drives } = await loadDrives({ ...parts, configuration });
    close = closeDrives;
    const providers = new Map([...drives.providers].map(([id, provider]) => [id, measureProvider(provider, parts)]));
    const advance = createAdvance({ ...parts, ...drives, providers });
    if (wanted.includes("gen")) roles.push(createGenWorker({ ...parts, advance, concurrency: configuration.number("GEN_WORKER_CONCURRENCY") ?? 4 }));
    if (wanted.includes("capture")) roles.push(createCaptureWorker({ ...parts, advance }));
  }
  if (wanted.includes("sweeper")) roles.push(createSessionSweeper(parts));
  return { roles, close };
}

function countPasses(meters: Meters): Passes {
  const lastMs = new Map<string, number>();
  meters.onScrape(["cooly_role_last_pass_age_seconds"], (set) => {
    for (const [role, ms] of lastMs) set("cooly_role_last_pass_age_seconds", { role }, (performance.now() - ms) / 1000);
  });
  return {
    passed(role, seconds, failed) {
      meters.count("cooly_role_passes_total", { role, outcome: failed ? "failed" : "done" });
      meters.observe("cooly_role_pass_duration_seconds", { role }, seconds);
      if (!failed) lastMs.set(role, performance.now());
    },
  };
}
