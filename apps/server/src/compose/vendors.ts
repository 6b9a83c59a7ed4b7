/** Environment -> providers: which vendors this installation has. */
import { createSimulatorHookReader } from "@cooly/drivers/provider/simulator/hook";
import type { Downloads, HookReader, MediaInspector, Provider } from "@cooly/engine/ports";
import type { Configuration } from "./configuration.ts";

/** What can be known of vendors without loading what drives them. */
export interface Vendors {
  /** What a second start costs, by provider: the list of all that there are. */
  readonly resubmit: ReadonlyMap<string, Provider["resubmit"]>;
  readonly hooks: ReadonlyMap<string, HookReader>;
}

const simulated = { sim: "billed", "sim-keyed": "keyed", "sim-hook": "billed" } as const;
const HOOKED = "sim-hook";

export function vendorsOf(configuration: Configuration): Vendors {
  const simulator = configuration.text("SIMULATOR_URL") !== null;
  return {
    resubmit: new Map<string, Provider["resubmit"]>([["demo", "free"], ...(simulator ? Object.entries(simulated) : [])]),
    hooks: new Map(simulator ? [[HOOKED, createSimulatorHookReader(configuration.text("SIMULATOR_SECRET") ?? "simulated")]] : []),
  };
}

export interface Drives {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly media: MediaInspector;
  readonly downloads: Downloads;
  close(): Promise<void>;
}

/** Loaded when it is wanted, so that a process without a worker never loads an image library. */
export async function loadDrives(configuration: Configuration, publicUrl: string): Promise<Drives> {
  const [{ createDemoProvider }, { createSimulatorProvider }, { createSharpInspector }, { createHttpDownloads }] = await Promise.all([
    import("@cooly/drivers/provider/demo"),
    import("@cooly/drivers/provider/simulator"),
    import("@cooly/drivers/media/sharp"),
    import("@cooly/drivers/download/http"),
  ]);
  const threads = configuration.number("PAINTER_THREADS");
  const demo = createDemoProvider(threads === null ? {} : { threads });
  const url = configuration.text("SIMULATOR_URL");
  const simulators = Object.entries(url === null ? {} : simulated).map(([id, resubmit]) =>
    createSimulatorProvider({ id, url: url!, resubmit, ...(id === HOOKED && { webhookUrl: `${publicUrl}/v1/hooks/${HOOKED}` }) }),
  );
  return {
    providers: new Map([demo, ...simulators].map((provider) => [provider.id, provider])),
    media: createSharpInspector(),
    downloads: createHttpDownloads(),
    close: () => demo.close(),
  };
}
