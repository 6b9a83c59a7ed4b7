/** Every vendor of models that there is an adapter for: by what an installation has it, and how it is opened. Adapters are loaded when they are wanted. */
import { bytePlusHooks } from "@cooly/drivers/provider/byteplus/hook";
import type { HookReader, Provider } from "@cooly/engine/ports";
import type { VariableName } from "@cooly/topology";
import type { Configuration } from "./configuration.ts";

export interface VendorEntry {
  /** What routes call it. */
  readonly id: string;
  /** With it there is this vendor. */
  readonly needs: VariableName;
  readonly resubmit: Provider["resubmit"];
  readonly hooks?: (configuration: Configuration) => HookReader;
  /** `hookUrl`: where its webhooks are to be sent; null where nobody outside can reach it. */
  readonly open: (configuration: Configuration, hookUrl: string | null) => Promise<Provider>;
}

const withHook = (hookUrl: string | null): { hookUrl?: string } => (hookUrl === null ? {} : { hookUrl });

const ark = (id: string, configuration: Configuration) => ({
  id,
  url: configuration.text("BYTEPLUS_ARK_BASE_URL")!.replace(/\/$/u, ""),
  key: configuration.text("BYTEPLUS_ARK_API_KEY")!,
});

export const vendorList: readonly VendorEntry[] = [
  {
    id: "byteplus-images",
    needs: "BYTEPLUS_ARK_API_KEY",
    resubmit: "billed",
    open: async (configuration) => (await import("@cooly/drivers/provider/byteplus/images")).createBytePlusImages(ark("byteplus-images", configuration)),
  },
  {
    id: "byteplus-videos",
    needs: "BYTEPLUS_ARK_API_KEY",
    resubmit: "billed",
    hooks: () => bytePlusHooks,
    open: async (configuration, hookUrl) =>
      (await import("@cooly/drivers/provider/byteplus/videos")).createBytePlusVideos({ ...ark("byteplus-videos", configuration), ...withHook(hookUrl) }),
  },
];
