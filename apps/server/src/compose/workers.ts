import { createAdvance } from "@cooly/engine";
import type { RoleName } from "@cooly/topology";
import { createCaptureWorker } from "../workers/capture-worker/index.ts";
import { createGenWorker } from "../workers/gen-worker/index.ts";
import { createOutboxRelay } from "../workers/outbox-relay/index.ts";
import type { Role } from "../workers/role.ts";
import { createSessionSweeper } from "../workers/session-sweeper/index.ts";
import type { Configuration } from "./configuration.ts";
import { resubmitCosts, type Parts } from "./parts.ts";

export interface Workers {
  readonly roles: readonly Role[];
  close(): Promise<void>;
}

/** The worker roles of this process. */
export async function createWorkers(parts: Parts, wanted: readonly RoleName[], configuration: Configuration): Promise<Workers> {
  const roles: Role[] = [];
  let close = async (): Promise<void> => undefined;
  if (wanted.includes("relay")) roles.push(createOutboxRelay(parts));
  if (wanted.includes("gen")) {
    // Loaded here, so that a process without this role never loads an image library.
    const [{ createDemoProvider }, { createSharpInspector }, { createHttpDownloads }] = await Promise.all([
      import("@cooly/drivers/provider/demo"),
      import("@cooly/drivers/media/sharp"),
      import("@cooly/drivers/download/http"),
    ]);
    const threads = configuration.number("PAINTER_THREADS");
    const demo = createDemoProvider(threads === null ? {} : { threads });
    close = () => demo.close();
    const advance = createAdvance({ ...parts, providers: new Map([[demo.id, demo]]), media: createSharpInspector(), downloads: createHttpDownloads() });
    roles.push(createGenWorker({ ...parts, advance, concurrency: configuration.number("GEN_WORKER_CONCURRENCY") ?? 4 }));
  }
  if (wanted.includes("capture")) roles.push(createCaptureWorker(parts));
  if (wanted.includes("sweeper")) roles.push(createSessionSweeper({ ...parts, resubmit: resubmitCosts }));
  return { roles, close };
}
