import type { Finding, Provider, Started } from "@cooly/engine/ports";
import { ask } from "../../http/ask.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { createTroubles, retryAfterOf, type Answered, type Troubles } from "../trouble.ts";
import { speechErrors } from "./speech-errors.ts";

export interface BytePlusSpeechOptions {
  /** What routes call it. */
  readonly id: string;
  /** Without a path and a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** Of the application; the vendor's documentation says it. */
  readonly appKey: string;
}

const PATH = "/api/v3/tts/unidirectional";
const END = 20_000_000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Seed Speech. One call, answered line by line while it speaks: each line is JSON with a piece of the recording, the last one says that it
 * is whole. There is no task, no list and no key against doubles, so what broke off stays unknown.
 */
export function createBytePlusSpeech(options: BytePlusSpeechOptions): Provider {
  const troubles = createTroubles(speechErrors, options.key);
  return {
    id: options.id,
    resubmit: "billed",
    async start(job, signal) {
      const { additions, ...asked } = job.request;
      // The vendor wants JSON within JSON.
      const within = additions === undefined ? {} : { additions: typeof additions === "string" ? additions : JSON.stringify(additions) };
      const body = JSON.stringify({ user: { uid: job.outputId }, req_params: { ...asked, ...within } });
      // The resource is the model there; the request's id finds a call for their support, and is no key.
      const headers = { ...headersOf(options, job.upstreamId), "x-api-request-id": job.outputId };
      return readSpeech(await submitJob(`${options.url}${PATH}`, { headers, body, job, signal }), troubles);
    },
    examine: (signal) => examine(options, signal),
  };
}

const headersOf = ({ key, appKey }: BytePlusSpeechOptions, resource: string): Record<string, string> => ({
  "content-type": "application/json",
  "x-api-key": key,
  "x-api-app-key": appKey,
  "x-api-resource-id": resource,
});

function readSpeech(reply: Reply, troubles: Troubles): Started {
  if (reply.status !== 200) return troubles.refusal({ status: reply.status, ...answeredIn(objectIn(reply)), ...retryAfterOf(reply) });
  const pieces: Buffer[] = [];
  for (const line of reply.text.split("\n").filter((text) => text.trim() !== "")) {
    const said = objectIn({ text: line });
    const code = said?.["code"];
    if (typeof code !== "number") return { kind: "unknown", why: "the answer was good and held a line that cannot be read" };
    const piece = said?.["data"];
    if (typeof piece === "string" && piece !== "") pieces.push(Buffer.from(piece, "base64"));
    if (code === END && pieces.length === 0) return { kind: "failed", class: "permanent", message: "The provider finished without a result." };
    if (code === END) return { kind: "delivered", result: { from: "bytes", body: Buffer.concat(pieces) } };
    if (code === 0) continue;
    // What was spoken before may be billed.
    if (pieces.length > 0) return { kind: "unknown", why: `it broke off with ${code}` };
    return troubles.failure(answeredIn(said));
  }
  return { kind: "unknown", why: "the answer was good and did not come to its end" };
}

/** `{code, message}`, or with a header around it. */
function answeredIn(said: Fields | null): Pick<Answered, "code" | "message"> {
  const { code, message } = (said?.["header"] ?? said ?? {}) as Fields;
  return { code: typeof code === "number" || typeof code === "string" ? String(code) : null, message: typeof message === "string" ? message : null };
}

/** There is no call that costs nothing, so a text is asked for that there is not: a key that is known gets another refusal than one that is not. */
async function examine(options: BytePlusSpeechOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const said = (level: Finding["level"], code: string, rest: Omit<Finding, "level" | "code">): readonly Finding[] => [{ code, level, ...rest }];
  const body = JSON.stringify({ user: { uid: "examination" }, req_params: { text: "", speaker: "" } });
  const answered = await ask(`${options.url}${PATH}`, { method: "POST", headers: headersOf(options, "seed-tts-2.0"), body, signal }).then(
    (reply) => ({ status: reply.status, code: answeredIn(objectIn({ text: reply.text.split("\n")[0] ?? "" })).code }),
    (error: Error) => error.message,
  );
  if (typeof answered === "string")
    return said("failure", "provider.unreachable", {
      says: `BytePlus Speech does not answer for ${options.id}.`,
      cause: answered,
      fix: "Check the network, and BYTEPLUS_SPEECH_BASE_URL.",
    });
  const { status, code } = answered;
  if (status === 401 || status === 403) {
    return said("failure", "provider.key_refused", {
      says: `BytePlus Speech does not take the key of ${options.id}.`,
      cause: `it answered ${status}`,
      fix: "Make a key in the console of Seed Speech and set BYTEPLUS_SPEECH_API_KEY.",
    });
  }
  if (code === null || status >= 500)
    return said("failure", "provider.unreachable", {
      says: `BytePlus Speech does not answer for ${options.id}.`,
      cause: `it answered ${status}`,
      fix: "Check BYTEPLUS_SPEECH_BASE_URL.",
    });
  return said("good", "provider.answers", { says: `BytePlus Speech answers for ${options.id} and knows the key.` });
}
