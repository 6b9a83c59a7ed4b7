/** What fal says of a request that is over, in our words: the same in a result and in a webhook. */
import { classByRules } from "@cooly/contract";
import type { Failure, Result, Verdict } from "@cooly/engine/ports";
import { objectIn, type Reply } from "../../http/reply.ts";
import { resultAt } from "../media-address.ts";
import { createTroubles, type Answered } from "../trouble.ts";
import { falErrors, unbilled } from "./errors.ts";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | null => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null);
const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** `{detail: [{type, msg}]}` of a model, `{detail, error_type}` of the platform. */
export function errorIn(said: Fields | null): Pick<Answered, "code" | "message"> {
  const { detail } = said ?? {};
  const first = Array.isArray(detail) ? fieldsOf(detail[0]) : null;
  if (first) return { code: textOf(first["type"]), message: textOf(first["msg"]) };
  const message = textOf(detail);
  const isBroke = message !== null && /exhausted balance|user is locked/i.test(message);
  return { code: isBroke ? "balance_exhausted" : textOf(said?.["error_type"]), message };
}

export function errorOf(reply: Reply): Answered & { status: number } {
  const { code, message } = errorIn(objectIn(reply));
  return { status: reply.status, code: code ?? textOf(reply.headers["x-fal-error-type"]), ...(message !== null && { message: message! }) };
}

/** Whether an answer of 500 and more tells of the model, and not of a gateway on the way to what was made. */
export const isOfModel = (reply: Reply): boolean => Array.isArray(objectIn(reply)?.["detail"]);

const AGAIN: ReadonlySet<string> = new Set<Failure["class"]>(["transient", "overloaded"]);

export function failureOf(answered: Answered, secret: string): Verdict {
  if (answered.code === "client_cancelled" || answered.status === 499) return { kind: "canceled" };
  const failure = createTroubles(falErrors, secret).failure(answered);
  // Of 5xx it is promised that they are not billed. Anything else may be, and what a second attempt could mend is not bought again for that.
  const isFree = (answered.status ?? 0) >= 500 || classByRules(unbilled, answered) !== null;
  return isFree || !AGAIN.has(failure.class) ? failure : { ...failure, class: "permanent" };
}

export function verdictOf(payload: Fields, secret: string): Verdict {
  const unsafe: unknown = payload["has_nsfw_concepts"];
  // A picture that the checker took is delivered, too: all black.
  if (Array.isArray(unsafe) && unsafe[0] === true) {
    return failureOf({ code: "marked_as_unsafe", message: "The provider's safety checker withheld the result." }, secret);
  }
  const result = mediaIn(payload);
  return result ? { kind: "delivered", result } : nothing;
}

const nothing: Failure = { kind: "failed", class: "permanent", message: "The provider finished without a result." };

/** By a rule that fits all their apps: one of several pictures, or the one thing that was made. */
function mediaIn(payload: Fields): Result | null {
  const { images, image, video, audio, audio_file: file } = payload;
  const found = [Array.isArray(images) ? images[0] : null, image, video, audio, file].map((one) => textOf(fieldsOf(one)?.["url"]));
  return resultAt(found.find((url) => url !== null));
}
