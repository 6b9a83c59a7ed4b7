/** What pictures and films of the Gemini API have in common. Source: ai.google.dev, Gemini API reference, and google.rpc's error details. */
import type { Finding, Job } from "@cooly/engine/ports";
import { ask } from "../../http/ask.ts";
import { objectIn, type Reply } from "../../http/reply.ts";
import { submitJob } from "../../http/submit.ts";
import { retryAfterOf, type Answered } from "../trouble.ts";

export interface GeminiOptions {
  /** What routes call it. */
  readonly id: string;
  /** Up to and with `/v1beta`, without a slash at the end. */
  readonly url: string;
  readonly key: string;
}

export const keyHeaders = ({ key }: GeminiOptions): Record<string, string> => ({ "x-goog-api-key": key });

export const submit = (options: GeminiOptions, method: string, { body, job, signal }: { body: object; job: Job; signal: AbortSignal }): Promise<Reply> =>
  submitJob(`${options.url}/models/${encodeURIComponent(job.upstreamId)}:${method}`, {
    headers: { ...keyHeaders(options), "content-type": "application/json" },
    body: JSON.stringify(body),
    job,
    signal,
  });

export const question = (options: GeminiOptions, path: string, signal: AbortSignal): Promise<Reply> =>
  ask(`${options.url}/${path}`, { headers: keyHeaders(options), signal });

const recordOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

export const listIn = (within: unknown, name: string): readonly Readonly<Record<string, unknown>>[] => {
  const list: unknown = recordOf(within)?.[name];
  return Array.isArray(list) ? list.map(recordOf).filter((one) => one !== null) : [];
};

export const textIn = (within: unknown, name: string): string | null => {
  const text = recordOf(within)?.[name];
  return typeof text === "string" ? text : null;
};

export const memberOf = (within: unknown, name: string): Readonly<Record<string, unknown>> | null => recordOf(recordOf(within)?.[name]);

/** `{error: {code, message, status, details}}`. A wrong key is an INVALID_ARGUMENT like any other: only its reason tells. */
export function answeredBy(reply: Reply): Answered & { status: number } {
  const error = memberOf(objectIn(reply), "error");
  const details = listIn(error, "details");
  const reason = textIn(detailOf(details, "ErrorInfo"), "reason");
  const delay = textIn(detailOf(details, "RetryInfo"), "retryDelay");
  // "13s", "0.5s"
  const seconds = delay === null ? NaN : Number.parseFloat(delay);
  return {
    status: reply.status,
    code: reason ?? textIn(error, "status"),
    message: textIn(error, "message"),
    ...(seconds >= 0 ? { retryAfterSeconds: Math.min(RETRY_AFTER_MAX, seconds) } : retryAfterOf(reply)),
  };
}

const RETRY_AFTER_MAX = 3_600;

const detailOf = (details: ReturnType<typeof listIn>, type: string) => details.find((detail) => textIn(detail, "@type")?.endsWith(`.${type}`));

/** Asks for the list of models, which costs nothing and wants the key. */
export async function examine(options: GeminiOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const says = (level: Finding["level"], code: string, rest: Omit<Finding, "level" | "code">): readonly Finding[] => [{ code, level, ...rest }];
  const answer = await question(options, "models?pageSize=1", signal).then(answeredBy, (error: Error) => error.message);
  if (typeof answer === "object" && answer.status === 200) {
    return says("good", "provider.answers", { says: `The Gemini API answers for ${options.id} and knows the key.` });
  }
  const known = typeof answer === "object" && (answer.status === 401 || answer.status === 403 || answer.code?.startsWith("API_KEY_") === true);
  return says("failure", known ? "provider.key_refused" : "provider.unreachable", {
    says: known ? `The Gemini API does not take the key of ${options.id}.` : `The Gemini API does not answer for ${options.id}.`,
    cause: typeof answer === "object" ? `it answered ${answer.status}${answer.code ? ` ${answer.code}` : ""}` : answer,
    fix: known ? "Make a key in Google AI Studio and set GEMINI_API_KEY." : "Check the network, and GEMINI_BASE_URL.",
  });
}
