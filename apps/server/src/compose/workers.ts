import { createAdvance } from "@cooly/engine";
import type { RoleName } from "@cooly/topology";
import { createCaptureWorker } from "../workers/capture-worker/index.ts";
import { createGenWorker } from "../workers/gen-worker/index.ts";
import { createOutboxRelay } from "../workers/outbox-relay/index.ts";
import type { Role } from "../workers/role.ts";
import { createSessionSweeper } from "../workers/session-sweeper/index.ts";
import type { Configuration } from "./configuration.ts";
import type { Parts } from "./parts.ts";
import { loadDrives } from "./vendors.ts";

export interface Workers {
  readonly roles: readonly Role[];
  close(): Promise<void>;
}

/** The worker roles of this process. */
export async function createWorkers(parts: Parts, wanted: readonly RoleName[], configuration: Configuration): Promise<Workers> {
  const roles: Role[] = [];
  let close = async (): Promise<void> => undefined;
  if (wanted.includes("relay")) roles.push(createOutboxRelay(parts));
  if (wanted.includes("gen") || wanted.includes("capture")) {
    const { close: closeDrives, ...drives } = await loadDrives({ ...parts, configuration });
    close = closeDrives;
    const advance = createAdvance({ ...parts, ...drives });
    if (wanted.includes("gen")) roles.push(createGenWorker({ ...parts, advance, concurrency: configuration.number("GEN_WORKER_CONCURRENCY") ?? 4 }));
    if (wanted.includes("capture")) roles.push(createCaptureWorker({ ...parts, advance }));
  }
  if (wanted.includes("sweeper")) roles.push(createSessionSweeper(parts));
  return { roles, close };
}
