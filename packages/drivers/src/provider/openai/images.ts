import type { Provider } from "@cooly/engine/ports";
import { createTroubles } from "../trouble.ts";
import { openAiErrors } from "./errors.ts";
import { pictureCall, readPicture } from "../openai-pictures.ts";
import { examine, submit, type OpenAiServer } from "../openai-protocol.ts";

export interface OpenAiImagesOptions {
  /** What routes call it. */
  readonly id: string;
  /** Up to and with `/v1`, without a slash at the end. */
  readonly url: string;
  readonly key: string;
}

/**
 * Pictures of OpenAI. One call, one picture, answered when it is made and billed then: there is no task, no list and no key against doubles,
 * so a lost answer stays unknown. It edits where a mask is transparent, which routes ask for (`mask: alpha`).
 */
export function createOpenAiImages(options: OpenAiImagesOptions): Provider {
  const server: OpenAiServer = { ...options, words: { name: "OpenAI", url: "OPENAI_API_BASE", key: "OPENAI_API_KEY" } };
  const troubles = createTroubles(openAiErrors, options.key);
  return {
    id: options.id,
    resubmit: "billed",
    async start(job, signal) {
      const { partial_images: _partial, ...asked } = job.request;
      // Its defaults are one picture in one answer; said aloud, so that no default of tomorrow bills more.
      const fields = { ...asked, n: 1, stream: false, model: job.upstreamId };
      return readPicture(await submit(server, pictureCall(fields), { job, signal }), troubles);
    },
    examine: (signal) => examine(server, signal),
  };
}
