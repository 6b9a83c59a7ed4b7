/** What all calls of OpenAI's protocol have in common, there and at servers that speak it. Source: the vendor's API reference. */
import type { Finding, Job } from "@cooly/engine/ports";
import { ask } from "../http/ask.ts";
import { objectIn, type Reply } from "../http/reply.ts";
import { submitJob } from "../http/submit.ts";
import { retryAfterOf, type Answered } from "./trouble.ts";

export interface OpenAiServer {
  /** What routes call it. */
  readonly id: string;
  /** Up to and with `/v1`, without a slash at the end. */
  readonly url: string;
  readonly key: string | null;
  /** For findings: who it is, and the variables that say so. */
  readonly words: { readonly name: string; readonly url: string; readonly key: string };
}

const authorization = ({ key }: OpenAiServer): Record<string, string> => (key === null ? {} : { authorization: `Bearer ${key}` });

export interface Call {
  readonly path: string;
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** `X-Client-Request-Id` is no idempotency key: by it their support finds a call. */
export function submit(server: OpenAiServer, { path, type, body }: Call, { job, signal }: { job: Job; signal: AbortSignal }): Promise<Reply> {
  const headers = { ...authorization(server), "content-type": type, "x-client-request-id": `${job.outputId}-${job.attempt}` };
  return submitJob(`${server.url}${path}`, { headers, body, job, signal });
}

export const answeredBy = (reply: Reply): Answered & { status: number } => ({ status: reply.status, ...troubleIn(objectIn(reply)), ...retryAfterOf(reply) });

type Fields = Readonly<Record<string, unknown>>;

/** OpenAI's `{error: {code, type, message}}`, and what others say instead: `{error: text}`, `{detail: text}`, `{detail: {error, message}}`, `{detail: [{msg}]}`. */
export function troubleIn(said: Fields | null): Pick<Answered, "code" | "message"> {
  const found = said?.["error"] ?? said?.["detail"] ?? said?.["message"];
  if (typeof found === "string") return { message: found };
  const first: unknown = Array.isArray(found) ? found[0] : found;
  if (typeof first !== "object" || first === null) return {};
  const { code, error, type, message, msg } = first as Fields;
  return { code: codeOf(textIn(code) ?? textIn(error) ?? textIn(type), first as Fields), message: textIn(message) ?? textIn(msg) };
}

const textIn = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** What was refused after it was made is another thing than what was asked for; the vendor's code is the same, and a member beside it tells. */
function codeOf(code: string | null, { moderation_details: details }: Fields): string | null {
  const isOutput = typeof details === "object" && details !== null && (details as Fields)["moderation_stage"] === "output";
  return code !== null && isOutput ? `${code}.output` : code;
}

/** Asks for the list of models, which costs nothing and wants the key. */
export async function examine(server: OpenAiServer, signal: AbortSignal): Promise<readonly Finding[]> {
  const { id, url, words } = server;
  const said = (level: Finding["level"], code: string, rest: Omit<Finding, "level" | "code">): readonly Finding[] => [{ code, level, ...rest }];
  const status = await ask(`${url}/models`, { headers: authorization(server), signal }).then(
    (reply) => (reply.status === 200 && objectIn(reply) === null ? "it answered with a page that is no list of models" : reply.status),
    (error: Error) => error.message,
  );
  if (status === 200) return said("good", "provider.answers", { says: `${words.name} answers for ${id}.` });
  const isRefused = status === 401 || status === 403;
  return said("failure", isRefused ? "provider.key_refused" : "provider.unreachable", {
    says: isRefused ? `${words.name} does not take the key of ${id}.` : `${words.name} does not answer for ${id}.`,
    cause: typeof status === "number" ? `it answered ${status}` : status,
    fix: isRefused ? `Set ${words.key} to a key that is valid there.` : `Check the network, and ${words.url}.`,
  });
}
