/** fal's queue. Source: docs.fal.ai, queue, platform headers, request errors and model errors. */
import type { Operation, Provider, Sight, Started } from "@cooly/engine/ports";
import { z } from "zod";
import { ask } from "../../http/ask.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { examined } from "../examined.ts";
import { inlineUriOf, withFiles } from "../file-fields.ts";
import { returnAddress } from "../return-address.ts";
import { createTroubles, retryAfterOf, type Answered } from "../trouble.ts";
import { falErrors } from "./errors.ts";
import { errorOf, failureOf, isOfModel, verdictOf } from "./verdict.ts";

const POLL_SECONDS = 2;
/** With callbacks, looks are for those that never come. */
const HOOKED_POLL_SECONDS = 30;
const START_SECONDS = 300;

export interface FalQueueOptions {
  /** What routes call it. */
  readonly id: string;
  /** https://queue.fal.run, without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** Where callbacks are to be sent; without it requests are looked at. */
  readonly hookUrl?: string;
  /** What no runner has begun by then fails, unbilled. Default: 5 minutes. */
  readonly startSeconds?: number;
}

/**
 * A request that is polled or called back about. There is no list and no key against doubles: a lost answer stays unknown, until the callback
 * comes, whose address names the output. What fails is COMPLETED there, too.
 */
export function createFalQueue(options: FalQueueOptions): Provider {
  const { key, startSeconds = START_SECONDS } = options;
  const authorization = `Key ${key}`;
  const at = (operation: Operation, name: Place, more: { method?: "PUT"; signal: AbortSignal }): Promise<Reply> =>
    ask(String(operation[name] ?? placesOf(options, operation)[name]), { ...more, headers: { authorization } });
  return {
    id: options.id,
    resubmit: "billed",
    async start(job, signal) {
      const body = JSON.stringify(await withFiles(job.request, inlineUriOf));
      const headers = {
        authorization,
        "content-type": "application/json",
        // Attempts are counted here, and not by a queue that makes ten of one.
        "x-fal-no-retry": "1",
        "x-fal-request-start-timeout": String(startSeconds),
      };
      return readStart(options, job.upstreamId, await submitJob(addressOf(options, job), { headers, body, job, signal }));
    },
    async look(operation, signal) {
      const status = readStatus(await at(operation, "status", { signal }));
      if (status.status !== "COMPLETED") return running(options);
      return readResult(options, status, await at(operation, "response", { signal }));
    },
    async cancel(operation, signal) {
      const { status } = await at(operation, "cancel", { method: "PUT", signal });
      // 400: it is over already; 404: nobody knows it any more.
      if (![200, 202, 400, 404].includes(status)) throw new Error(`the cancel was answered with ${status}`);
    },
    examine: (signal) =>
      examined(
        { id: options.id, vendor: "fal", keyName: "FAL_KEY", urlName: "FAL_QUEUE_URL", keysAt: "fal.ai/dashboard/keys" },
        // Of a request that there is not, which only a known key is told.
        ask(`${options.url}/fal-ai/flux/requests/00000000-0000-4000-8000-000000000000/status`, { headers: { authorization }, signal }),
        ({ status }) => status === 404,
      ),
  };
}

function addressOf({ url, hookUrl, key }: FalQueueOptions, { upstreamId, outputId }: { upstreamId: string; outputId: string }): string {
  const hook = hookUrl === undefined ? "" : `?fal_webhook=${encodeURIComponent(returnAddress(hookUrl, { secret: key, outputId, about: upstreamId }))}`;
  return `${url}/${upstreamId}${hook}`;
}

const running = ({ hookUrl }: FalQueueOptions): Sight & { kind: "running" } => ({
  kind: "running",
  pollAfterSeconds: hookUrl === undefined ? POLL_SECONDS : HOOKED_POLL_SECONDS,
});

const Accepted = z.object({
  request_id: z.string().min(1),
  status_url: z.string().optional(),
  response_url: z.string().optional(),
  cancel_url: z.string().optional(),
});

function readStart(options: FalQueueOptions, upstreamId: string, reply: Reply): Started {
  // A request may have been queued behind whatever answers so.
  if (reply.status >= 500) return { kind: "unknown", why: `the submit was answered with ${reply.status}` };
  if (reply.status !== 200) return createTroubles(falErrors, options.key).refusal({ ...errorOf(reply), ...retryAfterOf(reply) });
  const said = Accepted.safeParse(objectIn(reply));
  if (!said.success) return { kind: "unknown", why: "the answer was good and named no request" };
  const { request_id: id, status_url, response_url, cancel_url } = said.data;
  // An address that is not theirs, or is past a gateway of ours, is not given the key.
  const own = placesOf(options, { id, model: upstreamId });
  const near = (given: string | undefined, usual: string): string => (given !== undefined && isSameOrigin(given, options.url) ? given : usual);
  const operation = { id, status: near(status_url, own.status), response: near(response_url, own.response), cancel: near(cancel_url, own.cancel) };
  return { kind: "accepted", operation, pollAfterSeconds: running(options).pollAfterSeconds };
}

type Place = "status" | "response" | "cancel";

/** Of a request that only a callback told of, too. Their addresses leave out what comes after owner and app. */
function placesOf({ url }: Pick<FalQueueOptions, "url">, { id, model }: Operation): Readonly<Record<Place, string>> {
  const response = `${url}/${String(model).split("/").slice(0, 2).join("/")}/requests/${encodeURIComponent(String(id))}`;
  return { status: `${response}/status`, response, cancel: `${response}/cancel` };
}

const isSameOrigin = (one: string, other: string): boolean => URL.canParse(one) && new URL(one).origin === new URL(other).origin;

const Status = z.object({
  status: z.enum(["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]),
  error: z.string().nullish(),
  error_type: z.string().nullish(),
});
type Status = z.infer<typeof Status>;

function readStatus(reply: Reply): Status {
  if (reply.status !== 200 && reply.status !== 202) throw new Error(`the look was answered with ${reply.status}`);
  return Status.parse(objectIn(reply));
}

const NO_VERDICT: readonly number[] = [401, 403, 404, 408, 429];

function readResult(options: FalQueueOptions, { error, error_type }: Status, reply: Reply): Sight {
  const { key } = options;
  const isTold = Boolean(error || error_type);
  if (isTold) {
    const said: Answered = reply.status === 200 || NO_VERDICT.includes(reply.status) ? {} : errorOf(reply);
    return failureOf({ ...said, code: said.code ?? error_type ?? null, message: said.message ?? error ?? null }, key);
  }
  if (reply.status === 200) {
    const payload = objectIn(reply);
    if (!payload) throw new Error("the result cannot be read");
    const verdict = verdictOf(payload, key);
    const units = Number(reply.headers["x-fal-billable-units"]);
    return verdict.kind === "delivered" && units > 0 ? { ...verdict, units } : verdict;
  }
  const answered = errorOf(reply);
  if (reply.status === 400 && /still in progress/i.test(answered.message ?? "")) return running(options);
  // What was made waits behind a gateway that had no patience: it is fetched again, and never made again.
  if (NO_VERDICT.includes(reply.status) || (reply.status >= 500 && !isOfModel(reply)) || !objectIn(reply)) {
    throw new Error(`the result was answered with ${reply.status}`);
  }
  return failureOf(answered, key);
}
