/** Every vendor of models that there is an adapter for: by what an installation has it, and how it is opened. Adapters are loaded when they are wanted. */
import { createBytePlusHookReader } from "@cooly/drivers/provider/byteplus/hook";
import { createFalHookReader } from "@cooly/drivers/provider/fal/hook";
import { createGeminiHookReader } from "@cooly/drivers/provider/gemini/hook";
import { createKieHookReader } from "@cooly/drivers/provider/kie/hook";
import { createReplicateHookReader } from "@cooly/drivers/provider/replicate/hook";
import { createWaveSpeedHookReader } from "@cooly/drivers/provider/wavespeed/hook";
import type { HookReader, Provider } from "@cooly/engine/ports";
import type { VariableName } from "@cooly/topology";
import type { Configuration } from "./configuration.ts";

export interface VendorEntry {
  /** What routes call it. */
  readonly id: string;
  /** With all of them there is this vendor. */
  readonly needs: readonly VariableName[];
  readonly resubmit: Provider["resubmit"];
  /** Null where its webhooks cannot be told from forged ones: then it is looked at. */
  readonly hooks?: (read: Read) => HookReader | null;
  readonly open: (at: Account) => Promise<Provider>;
}

/** A variable that is set. */
export type Read = (name: VariableName) => string | null;

export interface Account {
  readonly id: string;
  readonly read: Read;
  /** Where its webhooks are to be sent: present where they can be read and reached. */
  readonly hook: { readonly hookUrl?: string };
}

const need = (read: Read, name: VariableName): string => {
  const value = read(name);
  if (value === null) throw new Error(`${name} is not set`);
  return value;
};
const at = ({ id, read }: Account, url: VariableName, key: VariableName) => ({ id, url: need(read, url).replace(/\/+$/u, ""), key: need(read, key) });
const own = ({ id, read }: Account, url: VariableName, key: VariableName) => {
  const known = read(key);
  return { id, url: need(read, url).replace(/\/+$/u, ""), ...(known !== null && { key: known }) };
};
const signedBy = (read: Read, secret: VariableName, make: (secret: string) => HookReader): HookReader | null => {
  const known = read(secret);
  return known === null ? null : make(known);
};

export const vendorList: readonly VendorEntry[] = [
  {
    id: "byteplus-images",
    needs: ["BYTEPLUS_ARK_API_KEY"],
    resubmit: "billed",
    open: async (account) => {
      const { createBytePlusImages } = await import("@cooly/drivers/provider/byteplus/images");
      return createBytePlusImages(at(account, "BYTEPLUS_ARK_BASE_URL", "BYTEPLUS_ARK_API_KEY"));
    },
  },
  {
    id: "byteplus-videos",
    needs: ["BYTEPLUS_ARK_API_KEY"],
    resubmit: "billed",
    hooks: (read) => createBytePlusHookReader({ key: need(read, "BYTEPLUS_ARK_API_KEY") }),
    open: async (account) => {
      const { createBytePlusVideos } = await import("@cooly/drivers/provider/byteplus/videos");
      return createBytePlusVideos({ ...at(account, "BYTEPLUS_ARK_BASE_URL", "BYTEPLUS_ARK_API_KEY"), ...account.hook });
    },
  },
  {
    id: "byteplus-speech",
    needs: ["BYTEPLUS_SPEECH_API_KEY", "BYTEPLUS_SPEECH_APP_KEY"],
    resubmit: "billed",
    open: async (account) => {
      const { createBytePlusSpeech } = await import("@cooly/drivers/provider/byteplus/speech");
      const appKey = need(account.read, "BYTEPLUS_SPEECH_APP_KEY");
      return createBytePlusSpeech({ ...at(account, "BYTEPLUS_SPEECH_BASE_URL", "BYTEPLUS_SPEECH_API_KEY"), appKey });
    },
  },
  {
    id: "openai-images",
    needs: ["OPENAI_API_KEY"],
    resubmit: "billed",
    open: async (account) => {
      const { createOpenAiImages } = await import("@cooly/drivers/provider/openai/images");
      return createOpenAiImages(at(account, "OPENAI_API_BASE", "OPENAI_API_KEY"));
    },
  },
  {
    id: "local-images",
    needs: ["LOCAL_IMAGES_URL"],
    resubmit: "free",
    open: async (account) => {
      const { createCompatibleImages } = await import("@cooly/drivers/provider/openai-compatible/images");
      return createCompatibleImages(own(account, "LOCAL_IMAGES_URL", "LOCAL_IMAGES_KEY"));
    },
  },
  {
    id: "local-speech",
    needs: ["LOCAL_SPEECH_URL"],
    resubmit: "free",
    open: async (account) => {
      const { createCompatibleSpeech } = await import("@cooly/drivers/provider/openai-compatible/speech");
      return createCompatibleSpeech(own(account, "LOCAL_SPEECH_URL", "LOCAL_SPEECH_KEY"));
    },
  },
  {
    id: "fal",
    needs: ["FAL_KEY"],
    resubmit: "billed",
    hooks: (read) => createFalHookReader({ key: need(read, "FAL_KEY"), keysUrl: need(read, "FAL_KEYS_URL") }),
    open: async (account) => {
      const { createFalQueue } = await import("@cooly/drivers/provider/fal/queue");
      return createFalQueue({ ...at(account, "FAL_QUEUE_URL", "FAL_KEY"), ...account.hook });
    },
  },
  {
    id: "replicate",
    needs: ["REPLICATE_API_TOKEN"],
    resubmit: "billed",
    hooks: (read) => signedBy(read, "REPLICATE_WEBHOOK_SECRET", (secret) => createReplicateHookReader({ key: need(read, "REPLICATE_API_TOKEN"), secret })),
    open: async (account) => {
      const { createReplicate } = await import("@cooly/drivers/provider/replicate/predictions");
      return createReplicate({ ...at(account, "REPLICATE_BASE_URL", "REPLICATE_API_TOKEN"), ...account.hook });
    },
  },
  {
    id: "wavespeed",
    needs: ["WAVESPEED_API_KEY"],
    resubmit: "billed",
    hooks: (read) => signedBy(read, "WAVESPEED_WEBHOOK_SECRET", (secret) => createWaveSpeedHookReader({ key: need(read, "WAVESPEED_API_KEY"), secret })),
    open: async (account) => {
      const { createWaveSpeed } = await import("@cooly/drivers/provider/wavespeed/predictions");
      return createWaveSpeed({ ...at(account, "WAVESPEED_BASE_URL", "WAVESPEED_API_KEY"), ...account.hook });
    },
  },
  {
    id: "kie",
    needs: ["KIE_API_KEY"],
    resubmit: "billed",
    hooks: (read) => {
      const secret = read("KIE_WEBHOOK_SECRET");
      return createKieHookReader({ key: need(read, "KIE_API_KEY"), ...(secret !== null && { secret }) });
    },
    open: async (account) => {
      const { createKieVeo } = await import("@cooly/drivers/provider/kie/veo");
      return createKieVeo({ ...at(account, "KIE_API_BASE", "KIE_API_KEY"), ...account.hook });
    },
  },
  {
    id: "gemini-images",
    needs: ["GEMINI_API_KEY"],
    resubmit: "billed",
    open: async (account) => {
      const { createGeminiImages } = await import("@cooly/drivers/provider/gemini/images");
      return createGeminiImages(at(account, "GEMINI_BASE_URL", "GEMINI_API_KEY"));
    },
  },
  {
    id: "veo",
    needs: ["GEMINI_API_KEY"],
    resubmit: "billed",
    hooks: (read) => signedBy(read, "GEMINI_WEBHOOK_SECRET", createGeminiHookReader),
    open: async (account) => {
      const { createVeo } = await import("@cooly/drivers/provider/gemini/veo");
      return createVeo({ ...at(account, "GEMINI_BASE_URL", "GEMINI_API_KEY"), hooked: account.hook.hookUrl !== undefined });
    },
  },
  {
    id: "comfyui",
    needs: ["COMFYUI_URL"],
    resubmit: "free",
    open: async (account) => {
      const { createComfyUi } = await import("@cooly/drivers/provider/comfyui");
      return createComfyUi(own(account, "COMFYUI_URL", "COMFYUI_API_KEY"));
    },
  },
  {
    id: "a1111",
    needs: ["A1111_URL"],
    resubmit: "free",
    open: async (account) => {
      const { createWebUi } = await import("@cooly/drivers/provider/a1111");
      const login = account.read("A1111_LOGIN");
      return createWebUi({ id: account.id, url: need(account.read, "A1111_URL").replace(/\/+$/u, ""), ...(login !== null && { login }) });
    },
  },
];

/** Those that this installation has. */
export const vendorsHad = (configuration: Configuration): readonly VendorEntry[] =>
  vendorList.filter(({ needs }) => needs.every((name) => configuration.text(name) !== null));
