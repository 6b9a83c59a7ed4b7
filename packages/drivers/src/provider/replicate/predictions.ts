/** Replicate's predictions. Source: replicate.com/docs, HTTP API. */
import type { Job, Provider, Started } from "@cooly/engine/ports";
import { z } from "zod";
import { ask } from "../../http/ask.ts";
import { multipartOf, type FileField } from "../../http/multipart.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { examined } from "../examined.ts";
import { inlineUriOf, withUploads } from "../file-fields.ts";
import { returnAddress } from "../return-address.ts";
import { createTroubles, retryAfterOf, type Answered } from "../trouble.ts";
import { replicateErrors } from "./errors.ts";
import { Prediction, sightOf } from "./prediction.ts";

const POLL_SECONDS = 2;
/** With callbacks, looks are for those that never come; outputs live for an hour. */
const HOOKED_POLL_SECONDS = 30;
const CANCEL_AFTER_SECONDS = 3_600;
/** Larger ones are uploaded, as the vendor asks; the callback repeats them, and is not read when it is large. */
const INLINE_MAX = 64 * 1024;

export interface ReplicateOptions {
  /** What routes call it. */
  readonly id: string;
  /** https://api.replicate.com/v1, without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** Where callbacks are to be sent; without it predictions are looked at. */
  readonly hookUrl?: string;
  /** What has not ended by then is ended there. Default: an hour. */
  readonly cancelAfterSeconds?: number;
}

/**
 * A prediction that is polled or called back about. Its list does not say what we sent along, so a lost answer cannot be found there: it stays
 * unknown, until the callback comes, whose address names the output.
 */
export function createReplicate(options: ReplicateOptions): Provider {
  const { id, url, key, hookUrl, cancelAfterSeconds = CANCEL_AFTER_SECONDS } = options;
  const authorization = { authorization: `Bearer ${key}` };
  const pollAfterSeconds = hookUrl === undefined ? POLL_SECONDS : HOOKED_POLL_SECONDS;
  return {
    id,
    resubmit: "billed",
    async start(job, signal) {
      const { path, ...version } = targetOf(job);
      const body = JSON.stringify({
        ...version,
        input: await withUploads(job.request, (file) => handOver(options, file, signal)),
        ...(hookUrl !== undefined && { webhook: returnAddress(hookUrl, { secret: key, outputId: job.outputId }), webhook_events_filter: ["completed"] }),
      });
      const headers = { ...authorization, "content-type": "application/json", "cancel-after": `${cancelAfterSeconds}s` };
      const reply = await submitJob(`${url}${path}`, { headers, body, job, signal });
      return readStart(reply, { key, pollAfterSeconds });
    },
    async look(operation, signal) {
      const reply = await ask(`${url}/predictions/${encodeURIComponent(String(operation["id"]))}`, { headers: authorization, signal });
      if (reply.status !== 200) throw new Error(`the look was answered with ${reply.status}`);
      return sightOf(Prediction.parse(objectIn(reply)), { key, pollAfterSeconds });
    },
    async cancel(operation, signal) {
      const path = `/predictions/${encodeURIComponent(String(operation["id"]))}/cancel`;
      const { status } = await ask(`${url}${path}`, { method: "POST", headers: authorization, signal });
      // 404 and 422: it is over already.
      if (status >= 400 && status !== 404 && status !== 422) throw new Error(`the cancel was answered with ${status}`);
    },
    examine: (signal) =>
      examined(
        { id, vendor: "Replicate", keyName: "REPLICATE_API_TOKEN", urlName: "REPLICATE_BASE_URL", keysAt: "replicate.com/account/api-tokens" },
        ask(`${url}/account`, { headers: authorization, signal }),
        ({ status }) => status === 200,
      ),
  };
}

/** "owner/name" is an official model; "owner/name:version" is one version of any. */
function targetOf({ upstreamId }: Pick<Job, "upstreamId">): { path: string; version?: string } {
  const [name, version] = upstreamId.split(":");
  return version === undefined ? { path: `/models/${name}/predictions` } : { path: "/predictions", version };
}

const Uploaded = z.object({ urls: z.object({ get: z.url() }) });

async function handOver({ url, key }: ReplicateOptions, file: FileField, signal: AbortSignal): Promise<string> {
  if (file.bytes.length <= INLINE_MAX) return inlineUriOf(file);
  const { type, bytes } = multipartOf([["content", file]]);
  const reply = await ask(`${url}/files`, { method: "POST", headers: { "content-type": type, authorization: `Bearer ${key}` }, body: bytes, signal });
  if (reply.status !== 201 && reply.status !== 200) throw new Error(`the upload was answered with ${reply.status}`);
  return Uploaded.parse(objectIn(reply)).urls.get;
}

function readStart(reply: Reply, { key, pollAfterSeconds }: { key: string; pollAfterSeconds: number }): Started {
  if (reply.status < 200 || reply.status > 202) return createTroubles(replicateErrors, key).refusal(answeredBy(reply));
  const id = objectIn(reply)?.["id"];
  if (typeof id !== "string" || id === "") return { kind: "unknown", why: "the answer was good and named no prediction" };
  return { kind: "accepted", operation: { id }, pollAfterSeconds };
}

/** `{title, detail, status}`; a throttled one says in its sentence when to come back. */
function answeredBy(reply: Reply): Answered & { status: number } {
  const { title, detail } = objectIn(reply) ?? {};
  const message = typeof detail === "string" ? detail : null;
  const seconds = reply.status === 429 ? /resets in ~?(\d{1,4})\s?s/i.exec(message ?? "")?.[1] : undefined;
  return {
    status: reply.status,
    ...(typeof title === "string" && { code: title }),
    ...(message !== null && { message }),
    ...(seconds !== undefined && { retryAfterSeconds: Number(seconds) }),
    ...retryAfterOf(reply),
  };
}
