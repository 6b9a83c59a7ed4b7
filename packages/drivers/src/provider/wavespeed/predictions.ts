/** WaveSpeed's predictions. Source: wavespeed.ai/docs, submit task, get result, webhooks. */
import type { Provider, Started } from "@cooly/engine/ports";
import { z } from "zod";
import { ask } from "../../http/ask.ts";
import { multipartOf, type FileField } from "../../http/multipart.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { examined } from "../examined.ts";
import { withUploads } from "../file-fields.ts";
import { returnAddress } from "../return-address.ts";
import { createTroubles, retryAfterOf, type Answered } from "../trouble.ts";
import { waveSpeedErrors } from "./errors.ts";
import { Prediction, sightOf, substituted } from "./prediction.ts";

const POLL_SECONDS = 2;
/** With callbacks, looks are for those that never come. */
const HOOKED_POLL_SECONDS = 30;

export interface WaveSpeedOptions {
  /** What routes call it. */
  readonly id: string;
  /** https://api.wavespeed.ai/api/v3, without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** Where callbacks are to be sent; without it predictions are looked at. */
  readonly hookUrl?: string;
}

/**
 * A prediction that is polled or called back about. There is no list, no cancel and no key against doubles: a lost answer stays unknown, until the
 * callback comes, whose address names the output and the model. That another model answers is neither allowed nor taken.
 */
export function createWaveSpeed(options: WaveSpeedOptions): Provider {
  const { id, url, key, hookUrl } = options;
  const authorization = { authorization: `Bearer ${key}` };
  const pollAfterSeconds = hookUrl === undefined ? POLL_SECONDS : HOOKED_POLL_SECONDS;
  return {
    id,
    resubmit: "billed",
    async start(job, signal) {
      const { outputId, upstreamId: model } = job;
      const asked = Object.fromEntries(Object.entries(job.request).filter(([name]) => !/fall_?back|alternative/i.test(name)));
      // Its defaults, said aloud: a result is fetched by its address.
      const input = { enable_sync_mode: false, enable_base64_output: false, ...asked };
      const body = JSON.stringify(await withUploads(input, (file) => handOver(options, file, signal)));
      const hook = hookUrl === undefined ? "" : `?webhook=${encodeURIComponent(returnAddress(hookUrl, { secret: key, outputId, about: model }))}`;
      const headers = { ...authorization, "content-type": "application/json" };
      return readStart(await submitJob(`${url}/${model}${hook}`, { headers, body, job, signal }), { key, model, pollAfterSeconds });
    },
    async look(operation, signal) {
      const reply = await ask(`${url}/predictions/${encodeURIComponent(String(operation["id"]))}/result`, { headers: authorization, signal });
      if (reply.status !== 200) throw new Error(`the look was answered with ${reply.status}`);
      const said = Answer.parse(objectIn(reply));
      return sightOf(Prediction.parse(said.data), { key, model: String(operation["model"]), pollAfterSeconds });
    },
    examine: (signal) =>
      examined(
        { id, vendor: "WaveSpeed", keyName: "WAVESPEED_API_KEY", urlName: "WAVESPEED_BASE_URL", keysAt: "wavespeed.ai/accesskey" },
        ask(`${url}/balance`, { headers: authorization, signal }),
        (reply) => reply.status === 200 && objectIn(reply)?.["code"] === 200,
      ),
  };
}

/** Its own status within one of HTTP's. */
const Answer = z.object({ code: z.literal(200), data: z.record(z.string(), z.unknown()) });

const Uploaded = z.object({ code: z.literal(200), data: z.object({ download_url: z.url() }) });

async function handOver({ url, key }: WaveSpeedOptions, file: FileField, signal: AbortSignal): Promise<string> {
  const { type, bytes } = multipartOf([["file", file]]);
  const reply = await ask(`${url}/media/upload/binary`, {
    method: "POST",
    headers: { "content-type": type, authorization: `Bearer ${key}` },
    body: bytes,
    signal,
  });
  if (reply.status !== 200) throw new Error(`the upload was answered with ${reply.status}`);
  return Uploaded.parse(objectIn(reply)).data.download_url;
}

function readStart(reply: Reply, { key, model, pollAfterSeconds }: { key: string; model: string; pollAfterSeconds: number }): Started {
  const answered = answeredBy(reply);
  if (answered.status !== 200) return createTroubles(waveSpeedErrors, key).refusal(answered);
  const { id, model: given } = (objectIn(reply)?.["data"] ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || id === "") return { kind: "unknown", why: "the answer was good and named no prediction" };
  if (typeof given === "string" && given !== model) return substituted(given);
  return { kind: "accepted", operation: { id, model }, pollAfterSeconds };
}

/** What failed may be told within an answer that is good. */
function answeredBy(reply: Reply): Answered & { status: number } {
  const { code, message } = objectIn(reply) ?? {};
  const status = reply.status === 200 && typeof code === "number" ? code : reply.status;
  const said = typeof message === "string" ? message : null;
  const isFlagged = status === 400 && /sensitive|nsfw|moderat|content polic|flagged|prohibited/i.test(said ?? "");
  return { status, ...(isFlagged && { code: "content_flagged" }), ...(said !== null && { message: said }), ...retryAfterOf(reply) };
}
