/** From a vendor's answer that is no result to what it means: by tables of its codes, which are data, and by HTTP where they are silent. */
import { classByRules, type ErrorClass, type ErrorRule } from "@cooly/contract";
import type { Failure, Started } from "@cooly/engine/ports";
import type { Reply } from "../http/reply.ts";

export interface Answered {
  /** Of HTTP; absent where the answer was in a good one. */
  readonly status?: number;
  /** The vendor's own word for it. */
  readonly code?: string | null;
  /** What the vendor says to people. */
  readonly message?: string | null;
  readonly retryAfterSeconds?: number;
}

const MESSAGE_MAX = 500;

// What a status says where the vendor's own table is silent. A 5xx may come from a gateway behind which the job goes on.
function classOfStatus(status: number): ErrorClass {
  switch (status) {
    case 401:
    case 403:
      return "auth";
    case 402:
      return "billing";
    case 404:
      return "not_available";
    case 429:
      return "rate_limited";
    case 408:
      return "ambiguous";
  }
  return status >= 400 && status < 500 ? "user_input" : "ambiguous";
}

export interface Troubles {
  /** The answer to a submit that brought no job. */
  refusal(answered: Answered & { readonly status: number }): Started;
  /** The end of a job, as the vendor tells it. What no rule knows is worth another attempt: it was tried and has failed. */
  failure(answered: Answered): Failure;
}

/** `secret`: our key there; vendors have been seen to say it back. */
export function createTroubles(rules: readonly ErrorRule[], secret: string | null): Troubles {
  const failure = (found: Failure["class"], answered: Answered): Failure => {
    const { status, code, retryAfterSeconds } = answered;
    return {
      kind: "failed",
      class: found,
      message: messageOf(found, answered, secret),
      ...(status !== undefined && { status }),
      ...(code && { code }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  };
  return {
    refusal(answered) {
      const found = classByRules(rules, answered) ?? classOfStatus(answered.status);
      if (found === "ambiguous") return { kind: "unknown", why: `the submit was answered with ${answered.status}${answered.code ? ` ${answered.code}` : ""}` };
      return failure(found, answered);
    },
    failure(answered) {
      const found = classByRules(rules, answered);
      return failure(found === null || found === "ambiguous" ? "transient" : found, answered);
    },
  };
}

function messageOf(found: Failure["class"], { status, code, message }: Answered, secret: string | null): string {
  const short = code ?? status ?? "no reason";
  // What a vendor says of our account there is no business of whoever asked for a picture.
  if (found === "auth" || found === "billing") return `The provider did not serve this installation's account (${short}).`;
  const said = message?.trim().slice(0, MESSAGE_MAX) || `The provider refused or failed (${short}).`;
  return secret ? said.replaceAll(secret, "…") : said;
}

const RETRY_AFTER_MAX = 3_600;
const isNumber = (said: string | readonly string[] | undefined): said is string => typeof said === "string" && /^\d+(\.\d+)?$/.test(said);

/** In seconds: of `Retry-After-Ms`, which says it more exactly, or of `Retry-After`, from its number or its date. */
export function retryAfterOf({ headers }: Pick<Reply, "headers">, now: number = Date.now()): { retryAfterSeconds?: number } {
  const exact = headers["retry-after-ms"];
  const said = headers["retry-after"];
  if (said === undefined && exact === undefined) return {};
  const seconds = isNumber(exact) ? Number(exact) / 1000 : isNumber(said) ? Number(said) : (Date.parse(said ?? "") - now) / 1000;
  return Number.isFinite(seconds) ? { retryAfterSeconds: Math.min(RETRY_AFTER_MAX, Math.max(0, seconds)) } : {};
}
