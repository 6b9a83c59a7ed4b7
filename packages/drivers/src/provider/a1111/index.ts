import { setTimeout as sleep } from "node:timers/promises";
import type { Finding, Job, Provider, Started } from "@cooly/engine/ports";
import { ask } from "../../http/ask.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { createTroubles, retryAfterOf, type Answered, type Troubles } from "../trouble.ts";
import { webuiErrors } from "./errors.ts";
import { write } from "./request.ts";

const PROGRESS_MS = 1_500;

export interface WebUiOptions {
  /** What routes call it. */
  readonly id: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** "name:password", as the server's `--api-auth` has it. */
  readonly login?: string;
  /** Between two questions how far it is. Default: 1.5 seconds. */
  readonly progressMs?: number;
}

/**
 * AUTOMATIC1111 and Forge: one call, one picture, answered when it is made, on a machine of one's own. It cannot be canceled: the server's
 * interrupt stops whatever runs, and its progress is that of whatever runs, so each job has an id by which it is asked about.
 */
export function createWebUi(options: WebUiOptions): Provider {
  const troubles = createTroubles(webuiErrors, options.login?.slice(options.login.indexOf(":") + 1) || null);
  return {
    id: options.id,
    resubmit: "free",
    start: (job, signal) => start(options, job, { troubles, signal }),
    examine: (signal) => examine(options, signal),
  };
}

const headersOf = ({ login }: WebUiOptions): Record<string, string> => ({
  "content-type": "application/json",
  ...(login !== undefined && { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
});

async function start(options: WebUiOptions, job: Job, { troubles, signal }: { troubles: Troubles; signal: AbortSignal }): Promise<Started> {
  const { path, body, taskId } = write(job);
  const answered = new AbortController();
  void watch(options, { taskId, job, signal: AbortSignal.any([signal, answered.signal]) });
  try {
    const reply = await submitJob(`${options.url}/sdapi/v1/${path}`, { headers: headersOf(options), body: JSON.stringify(body), job, signal });
    return readPicture(reply, { troubles, upstreamId: job.upstreamId });
  } finally {
    answered.abort();
  }
}

/** Tells how far it is until it is answered. It is worth nothing if it fails: an older server does not know the id, and says so each time. */
async function watch(options: WebUiOptions, { taskId, job, signal }: { taskId: string; job: Job; signal: AbortSignal }): Promise<void> {
  const { progressMs = PROGRESS_MS } = options;
  const body = JSON.stringify({ id_task: taskId, id_live_preview: -1 });
  while (await sleep(progressMs, true, { signal }).catch(() => false)) {
    const reply = await ask(`${options.url}/internal/progress`, { method: "POST", headers: headersOf(options), body, signal }).catch(() => null);
    if (reply && reply.status >= 400) return;
    const said = reply && objectIn(reply);
    if (said?.["active"] === true && typeof said["progress"] === "number" && !signal.aborted) job.progress(Math.min(1, Math.max(0, said["progress"])));
  }
}

function readPicture(reply: Reply, { troubles, upstreamId }: { troubles: Troubles; upstreamId: string }): Started {
  if (reply.status !== 200) return troubles.refusal(answeredBy(reply));
  const said = objectIn(reply);
  const images: unknown = said?.["images"];
  if (!Array.isArray(images)) return { kind: "unknown", why: "the answer was good and held no list of pictures" };
  const [picture] = images as unknown[];
  if (typeof picture !== "string" || picture === "") return troubles.failure({ code: "no_images", message: "The server ended without a picture." });
  const taken = otherModel(said!["info"], upstreamId);
  // A checkpoint that the server does not have is left out of the request by itself, and whatever is loaded is taken.
  if (taken !== null) return { kind: "failed", class: "not_available", message: `The server has no checkpoint ${upstreamId}: it took ${taken}.` };
  return { kind: "delivered", result: { from: "bytes", body: Buffer.from(picture.replace(/^data:[^,]*,/, ""), "base64") } };
}

/** What made the picture instead; null: what was asked for, or nobody says. `info` is JSON in a string. */
function otherModel(info: unknown, upstreamId: string): string | null {
  const { sd_model_name: name, sd_model_hash: hash } = (typeof info === "string" && objectIn({ text: info })) || {};
  if (typeof name !== "string") return null;
  const isSame = plainName(upstreamId) === plainName(name) || (typeof hash === "string" && hash !== "" && upstreamId.includes(hash));
  return isSame ? null : name;
}

/** "folder/base.safetensors [31e35c80fc]" -> "base" */
const plainName = (name: string): string =>
  name
    .replace(/\s*\[[\da-f]+\]$/u, "")
    .replace(/^.*[/\\]/u, "")
    .replace(/\.(safetensors|ckpt|pth|sft|gguf)$/iu, "");

/** `{detail}` with a sentence or a list of what does not fit, or `{error, detail, body, errors}` with the name of what was thrown. */
function answeredBy(reply: Reply): Answered & { status: number } {
  const { error, detail, errors } = objectIn(reply) ?? {};
  const complaints = Array.isArray(detail) ? detail.map(sentenceOf).filter((one) => one !== "") : [];
  const message = complaints.length > 0 ? complaints.join(" ") : [detail, errors].find((one) => typeof one === "string" && one !== "");
  return {
    status: reply.status,
    code: typeof error === "string" ? error : null,
    message: typeof message === "string" ? message : null,
    ...retryAfterOf(reply),
  };
}

function sentenceOf(complaint: unknown): string {
  const { loc, msg } = (typeof complaint === "object" && complaint !== null ? complaint : {}) as { loc?: unknown; msg?: unknown };
  return typeof msg === "string" ? `${Array.isArray(loc) ? `${String(loc.at(-1))}: ` : ""}${msg}.` : "";
}

/** Asks for the list of samplers, which wants the login. */
async function examine(options: WebUiOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const says = (level: Finding["level"], code: string, rest: Omit<Finding, "level" | "code">): readonly Finding[] => [{ code, level, ...rest }];
  const status = await ask(`${options.url}/sdapi/v1/samplers`, { headers: headersOf(options), signal }).then(
    (reply) => reply.status,
    (error: Error) => error.message,
  );
  if (status === 200) return says("good", "provider.answers", { says: `The web UI answers for ${options.id}.` });
  const known = status === 401 || status === 403;
  return says("failure", known ? "provider.key_refused" : "provider.unreachable", {
    says: known ? `The web UI does not take the login of ${options.id}.` : `The web UI does not answer for ${options.id}.`,
    cause: typeof status === "number" ? `it answered ${status}` : status,
    fix: known ? "Set A1111_LOGIN to a name:password of its --api-auth." : "Start it with --api, and see that A1111_URL leads to it.",
  });
}
