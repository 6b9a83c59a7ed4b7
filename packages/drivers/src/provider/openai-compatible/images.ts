import type { Provider } from "@cooly/engine/ports";
import { pictureCall, readPicture } from "../openai-pictures.ts";
import { examine, submit } from "../openai-protocol.ts";
import { createTroubles } from "../trouble.ts";
import { compatibleErrors, serverOf, type CompatibleOptions } from "./server.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Pictures of a server of one's own that speaks OpenAI's protocol: LocalAI, stable-diffusion.cpp. What neither has a field for goes within the
 * prompt there: `negative_prompt` behind a bar for LocalAI, `sd_cpp_extra_args` in a tag for stable-diffusion.cpp. A manifest names the one
 * that its server reads.
 */
export function createCompatibleImages(options: CompatibleOptions): Provider {
  const server = serverOf(options, { name: "The image server", url: "LOCAL_IMAGES_URL", key: "LOCAL_IMAGES_KEY" });
  const troubles = createTroubles(compatibleErrors, server.key);
  return {
    id: options.id,
    resubmit: "free",
    async start(job, signal) {
      const { prompt, negative_prompt, sd_cpp_extra_args, ...asked } = job.request;
      const fields = {
        ...asked,
        prompt: wholePrompt({ prompt, negative_prompt, sd_cpp_extra_args }),
        n: 1,
        response_format: "b64_json",
        model: job.upstreamId,
      };
      return readPicture(await submit(server, pictureCall(fields), { job, signal }), troubles);
    },
    examine: (signal) => examine(server, signal),
  };
}

function wholePrompt({ prompt, negative_prompt: negative, sd_cpp_extra_args: extra }: Fields): string {
  const unwanted = typeof negative === "string" && negative.trim() !== "" ? `|${plainPrompt(negative)}` : "";
  // No text within it can end the tag.
  const tag = typeof extra === "object" && extra !== null ? `<sd_cpp_extra_args>${JSON.stringify(extra).replaceAll("<", "\\u003c")}</sd_cpp_extra_args>` : "";
  return `${plainPrompt(String(prompt ?? ""))}${unwanted}${tag}`;
}

/**
 * A user's words must not be read as settings: these servers take a negative prompt, weights and any setting at all from within a prompt.
 * What is taken out leaves a space, so that what stood around it cannot become another.
 */
export const plainPrompt = (prompt: string): string =>
  prompt
    .replace(/<sd_cpp_extra_args>[\s\S]*?(?:<\/sd_cpp_extra_args>|$)/giu, " ")
    .replace(/<\/?sd_cpp_extra_args>?/giu, " ")
    .replace(/<lora:[^>]*(?:>|$)/giu, " ")
    .replaceAll("|", ",");
