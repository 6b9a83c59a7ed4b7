/** What all of ModelArk has in common. Source: docs.byteplus.com, ModelArk API reference. */
import type { Finding, Job } from "@cooly/engine/ports";
import { ask } from "../../http/ask.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { retryAfterOf, type Answered } from "../trouble.ts";

export interface ArkOptions {
  /** What routes call it. */
  readonly id: string;
  /** Up to and with `/api/v3`, without a slash at the end. */
  readonly url: string;
  readonly key: string;
}

const headersOf = ({ key }: ArkOptions): Record<string, string> => ({ authorization: `Bearer ${key}`, "content-type": "application/json" });

/** `X-Client-Request-Id` is no idempotency key: by it their support finds a call. */
export const submit = (options: ArkOptions, path: string, { body, job, signal }: { body: object; job: Job; signal: AbortSignal }): Promise<Reply> =>
  submitJob(`${options.url}${path}`, {
    headers: { ...headersOf(options), "x-client-request-id": `${job.outputId}-${job.attempt}` },
    body: JSON.stringify(body),
    job,
    signal,
  });

export const question = (options: ArkOptions, path: string, { method, signal }: { method?: "DELETE"; signal: AbortSignal }): Promise<Reply> =>
  ask(`${options.url}${path}`, { ...(method && { method }), headers: headersOf(options), signal });

/** `{error: {code, message}}`, of an answer or of a part of one. */
export function errorIn(within: Readonly<Record<string, unknown>> | null): Pick<Answered, "code" | "message"> | null {
  const error = within?.["error"];
  if (typeof error !== "object" || error === null) return null;
  const { code, message } = error as Record<string, unknown>;
  return { code: typeof code === "string" ? code : null, message: typeof message === "string" ? message : null };
}

export const answeredBy = (reply: Reply): Answered & { status: number } => ({ status: reply.status, ...errorIn(objectIn(reply)), ...retryAfterOf(reply) });

/** Asks for the list of tasks, which costs nothing and wants the key. */
export async function examine(options: ArkOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const says = (level: Finding["level"], code: string, rest: Omit<Finding, "level" | "code">): readonly Finding[] => [{ code, level, ...rest }];
  const status = await question(options, "/contents/generations/tasks?page_num=1&page_size=1", { signal }).then(
    (reply) => reply.status,
    (error: Error) => error.message,
  );
  if (status === 200) return says("good", "provider.answers", { says: `BytePlus ModelArk answers for ${options.id} and knows the key.` });
  const known = status === 401 || status === 403;
  return says("failure", known ? "provider.key_refused" : "provider.unreachable", {
    says: known ? `BytePlus ModelArk does not take the key of ${options.id}.` : `BytePlus ModelArk does not answer for ${options.id}.`,
    cause: typeof status === "number" ? `it answered ${status}` : status,
    fix: known ? "Make a key in the ModelArk console and set BYTEPLUS_ARK_API_KEY." : "Check the network, and BYTEPLUS_ARK_BASE_URL.",
  });
}
