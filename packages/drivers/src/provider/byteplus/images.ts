import type { Provider, Started } from "@cooly/engine/ports";
import { objectIn, type Reply } from "../../http/reply.ts";
import { createTroubles, type Troubles } from "../trouble.ts";
import { answeredBy, errorIn, examine, submit, type ArkOptions } from "./ark.ts";
import { arkErrors } from "./errors.ts";

/**
 * Seedream. One call, one picture, answered when it is made: there is no task, no list and no key against doubles, so a lost answer stays
 * unknown. `n` does not exist there, and several pictures of one call are "up to" so many: each output is a call of its own.
 */
export function createBytePlusImages(options: ArkOptions): Provider {
  const troubles = createTroubles(arkErrors, options.key);
  return {
    id: options.id,
    resubmit: "billed",
    async start(job, signal) {
      const { n: _many, ...asked } = job.request;
      // Its defaults are a visible mark and an address that may be either; said aloud, so that no default of tomorrow changes them.
      const body = { watermark: false, stream: false, ...asked, response_format: "url", model: job.upstreamId };
      return readPicture(await submit(options, "/images/generations", { body, job, signal }), troubles);
    },
    examine: (signal) => examine(options, signal),
  };
}

function readPicture(reply: Reply, troubles: Troubles): Started {
  if (reply.status !== 200) return troubles.refusal(answeredBy(reply));
  const said = objectIn(reply);
  const first: unknown = Array.isArray(said?.["data"]) ? said["data"][0] : undefined;
  const picture = typeof first === "object" && first !== null ? (first as Record<string, unknown>) : null;
  if (typeof picture?.["url"] === "string") return { kind: "delivered", result: { from: "url", url: picture["url"] } };
  // A picture that failed lies within an answer that is good, and is not billed.
  const error = errorIn(picture) ?? errorIn(said);
  if (error) return troubles.failure(error);
  return { kind: "unknown", why: "the answer was good and held neither a picture nor an error" };
}
