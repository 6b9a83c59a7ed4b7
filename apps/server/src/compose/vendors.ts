/** Environment -> providers: which vendors this installation has. */
import { join, resolve } from "node:path";
import { demoLacks } from "@cooly/drivers/provider/demo/offer";
import { createSimulatorHookReader } from "@cooly/drivers/provider/simulator/hook";
import type { FilesystemScratch } from "@cooly/drivers/scratch/filesystem";
import type { Downloads, HookReader, Log, MediaInspector, Pictures, Provenance, Provider, Scratch } from "@cooly/engine/ports";
import type { Configuration } from "./configuration.ts";
import { vendorsHad, type Account, type VendorEntry } from "./vendor-list.ts";

/** What can be known of vendors without loading what drives them. */
export interface Vendors {
  /** What a second start costs, by provider: the list of all that there are. */
  readonly resubmit: ReadonlyMap<string, Provider["resubmit"]>;
  readonly hooks: ReadonlyMap<string, HookReader>;
  /** Routes, as "provider/upstream_id", that cannot be taken on this machine. */
  readonly lacking: ReadonlySet<string>;
}

const simulated = { sim: "billed", "sim-keyed": "keyed", "sim-hook": "billed" } as const;
const HOOKED = "sim-hook";

/** Where programs of this machine are; what the system says, and no setting of ours. */
export const programs = (): string | null => process.env["PATH"] ?? null;

export function vendorsOf(configuration: Configuration): Vendors {
  const simulator = configuration.text("SIMULATOR_URL") !== null;
  const had = vendorsHad(configuration);
  return {
    resubmit: new Map<string, Provider["resubmit"]>([
      ["demo", "free"],
      ...(simulator ? Object.entries(simulated) : []),
      ...had.map(({ id, resubmit }) => [id, resubmit] as const),
    ]),
    hooks: new Map([
      ...(simulator ? [[HOOKED, createSimulatorHookReader(configuration.text("SIMULATOR_SECRET") ?? "simulated")] as const] : []),
      ...had.flatMap((vendor) => {
        const reader = readerOf(vendor, configuration);
        return reader ? [[vendor.id, reader] as const] : [];
      }),
    ]),
    lacking: new Set(demoLacks({ path: programs() }).map((id) => `demo/${id}`)),
  };
}

const readerOf = ({ hooks }: VendorEntry, configuration: Configuration): HookReader | null => hooks?.((name) => configuration.text(name)) ?? null;

// No vendor can reach an address that only this machine knows, and what is told in the clear may be anybody's.
function accountOf(vendor: VendorEntry, { configuration, publicUrl }: Pick<DrivesOptions, "configuration" | "publicUrl">): Account {
  const isHeard = publicUrl.startsWith("https://") && readerOf(vendor, configuration) !== null;
  return { id: vendor.id, read: (name) => configuration.text(name), hook: isHeard ? { hookUrl: `${publicUrl}/v1/hooks/${vendor.id}` } : {} };
}

export interface Drives {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly media: MediaInspector;
  readonly provenance: Provenance;
  readonly downloads: Downloads;
  readonly scratch: Scratch;
  readonly pictures: Pictures;
  close(): Promise<void>;
}

export interface DrivesOptions {
  readonly configuration: Configuration;
  readonly publicUrl: string;
  readonly log: Log;
}

/** Loaded when it is wanted, so that a process without a worker never loads an image library. */
export async function loadDrives({ configuration, publicUrl, log }: DrivesOptions): Promise<Drives> {
  const [
    { createDemoProvider },
    { createSimulatorProvider },
    { createMediaInspector, findFfmpeg },
    { createProvenance },
    { createSharpPictures },
    { createHttpDownloads },
    scratch,
  ] = await Promise.all([
    import("@cooly/drivers/provider/demo"),
    import("@cooly/drivers/provider/simulator"),
    import("@cooly/drivers/media/by-kind"),
    import("@cooly/drivers/media/provenance"),
    import("@cooly/drivers/media/sharp/pictures"),
    import("@cooly/drivers/download/http"),
    openScratch(configuration, log),
  ]);
  const threads = configuration.number("PAINTER_THREADS");
  const demo = createDemoProvider({ path: programs(), ...(threads !== null && { threads }) });
  const url = configuration.text("SIMULATOR_URL");
  const simulators = Object.entries(url === null ? {} : simulated).map(([id, resubmit]) =>
    createSimulatorProvider({ id, url: url!, resubmit, ...(id === HOOKED && { webhookUrl: `${publicUrl}/v1/hooks/${HOOKED}` }) }),
  );
  const ffmpeg = findFfmpeg(programs());
  log.info(ffmpeg ? "media.ffmpeg" : "media.no_ffmpeg", ffmpeg ? { command: ffmpeg.command } : { lacking: "posters of most films, waveforms of most sounds" });
  const media = createMediaInspector({ ffmpeg, onUndecoded: (error) => log.info("media.undecoded", { error }) });
  const bought = await Promise.all(vendorsHad(configuration).map((vendor) => vendor.open(accountOf(vendor, { configuration, publicUrl }))));
  return {
    providers: new Map([demo, ...simulators, ...bought].map((provider) => [provider.id, provider])),
    media,
    provenance: createProvenance({ mark: configuration.flag("PROVENANCE_MARKS") }),
    downloads: createHttpDownloads(),
    scratch,
    pictures: createSharpPictures(),
    async close() {
      scratch.close();
      media.close();
      await demo.close();
    },
  };
}

export async function openScratch(configuration: Configuration, log: Log): Promise<FilesystemScratch> {
  const { openFilesystemScratch } = await import("@cooly/drivers/scratch/filesystem");
  const directory = resolve(configuration.text("SCRATCH_DIR") ?? join(configuration.home, "scratch"));
  return openFilesystemScratch({
    directory,
    onSwept(swept) {
      if ("error" in swept) log.warn("scratch.sweep_failed", swept);
      else if (swept.removed > 0) log.info("scratch.swept", swept);
    },
  }).catch((cause: unknown) => {
    throw new Error(`${directory} cannot be used for files on their way; set SCRATCH_DIR to a folder that can be written`, { cause });
  });
}
