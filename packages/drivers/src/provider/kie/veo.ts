/** kie.ai's Veo. Source: docs.kie.ai, Veo 3.1 API. */
import { classByRules } from "@cooly/contract";
import type { Provider, Sight, Started } from "@cooly/engine/ports";
import { z } from "zod";
import { ask } from "../../http/ask.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { examined } from "../examined.ts";
import { resultAt } from "../media-address.ts";
import { returnAddress } from "../return-address.ts";
import { createTroubles, retryAfterOf, type Answered } from "../trouble.ts";
import { kieErrors } from "./errors.ts";

const POLL_SECONDS = 10;
/** With callbacks, looks are for those that never come. */
const HOOKED_POLL_SECONDS = 30;

export interface KieOptions {
  /** What routes call it. */
  readonly id: string;
  /** https://api.kie.ai, without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** Where callbacks are to be sent; without it tasks are looked at. */
  readonly hookUrl?: string;
}

/**
 * A task that is polled; a callback is only a reason to look, as its body is not signed. There is no list, no cancel and no key against doubles:
 * a lost answer stays unknown. Files are told as addresses.
 */
export function createKieVeo(options: KieOptions): Provider {
  const { id, url, key, hookUrl } = options;
  const authorization = { authorization: `Bearer ${key}` };
  const pollAfterSeconds = hookUrl === undefined ? POLL_SECONDS : HOOKED_POLL_SECONDS;
  return {
    id,
    resubmit: "billed",
    async start(job, signal) {
      const body = JSON.stringify({
        // Its default, said aloud, so that no default of tomorrow changes what is made of a prompt.
        enableTranslation: true,
        ...job.request,
        model: job.upstreamId,
        // Another model is not what was asked for.
        enableFallback: false,
        ...(hookUrl !== undefined && { callBackUrl: returnAddress(hookUrl, { secret: key, outputId: job.outputId }) }),
      });
      const headers = { ...authorization, "content-type": "application/json" };
      return readStart(await submitJob(`${url}/api/v1/veo/generate`, { headers, body, job, signal }), { key, pollAfterSeconds });
    },
    async look(operation, signal) {
      const reply = await ask(`${url}/api/v1/veo/record-info?taskId=${encodeURIComponent(String(operation["id"]))}`, { headers: authorization, signal });
      if (reply.status !== 200) throw new Error(`the look was answered with ${reply.status}`);
      return sightOf(Task.parse(objectIn(reply)?.["data"]), { key, pollAfterSeconds });
    },
    examine: (signal) =>
      examined(
        { id, vendor: "kie.ai", keyName: "KIE_API_KEY", urlName: "KIE_API_BASE", keysAt: "kie.ai/api-key" },
        ask(`${url}/api/v1/chat/credit`, { headers: authorization, signal }).then((reply) => ({ ...reply, status: statusOf(reply) })),
        ({ status }) => status === 200,
      ),
  };
}

/** Its own status within one of HTTP's. */
function statusOf(reply: Reply): number {
  const code = objectIn(reply)?.["code"];
  return reply.status === 200 && typeof code === "number" ? code : reply.status;
}

const isFlagged = (message: string): boolean => /flagged|content polic|unsafe|prominent people|minor upload|rejected by/i.test(message);

function readStart(reply: Reply, { key, pollAfterSeconds }: { key: string; pollAfterSeconds: number }): Started {
  const said = objectIn(reply);
  const [status, message] = [statusOf(reply), said?.["msg"]];
  if (status !== 200) {
    const answered: Answered & { status: number } = { status, ...(typeof message === "string" && { message }), ...retryAfterOf(reply) };
    const word = typeof message === "string" && status >= 400 && status < 500 && isFlagged(message) ? { code: "content_flagged" } : {};
    return createTroubles(kieErrors, key).refusal({ ...answered, ...word });
  }
  const { taskId } = (said?.["data"] ?? {}) as Record<string, unknown>;
  if (typeof taskId !== "string" || taskId === "") return { kind: "unknown", why: "the answer was good and named no task" };
  return { kind: "accepted", operation: { id: taskId }, pollAfterSeconds };
}

const Task = z.object({
  successFlag: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  response: z.object({ resultUrls: z.array(z.string()).nullish() }).nullish(),
  errorCode: z.union([z.number(), z.string()]).nullish(),
  errorMessage: z.string().nullish(),
  fallbackFlag: z.boolean().nullish(),
});

function sightOf(task: z.infer<typeof Task>, { key, pollAfterSeconds }: { key: string; pollAfterSeconds: number }): Sight {
  const { successFlag, response, errorCode, errorMessage, fallbackFlag } = task;
  if (successFlag === 0) return { kind: "running", pollAfterSeconds };
  if (successFlag === 1) {
    if (fallbackFlag) return { kind: "failed", class: "permanent", code: "model_substituted", message: "The provider let another model answer." };
    const result = resultAt(response?.resultUrls?.[0]);
    return result ? { kind: "delivered", result } : { kind: "failed", class: "permanent", message: "The provider finished without a result." };
  }
  const code = isFlagged(errorMessage ?? "") ? "content_flagged" : errorCode ? String(errorCode) : null;
  const failure = createTroubles(kieErrors, key).failure({ code, message: errorMessage ?? null });
  // That failures are not billed is nowhere promised: they are not bought again.
  return classByRules(kieErrors, { code }) === null ? { ...failure, class: "permanent" } : failure;
}
