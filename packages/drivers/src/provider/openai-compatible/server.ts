import type { ErrorRule } from "@cooly/contract";
import type { OpenAiServer } from "../openai-protocol.ts";

export interface CompatibleOptions {
  /** What routes call it. */
  readonly id: string;
  /** Up to and with `/v1`, without a slash at the end. */
  readonly url: string;
  /** Most of these servers have none. */
  readonly key?: string;
}

export const serverOf = ({ id, url, key }: CompatibleOptions, words: OpenAiServer["words"]): OpenAiServer => ({ id, url, key: key ?? null, words });

/** These servers bill nobody, so what they say of themselves is believed, and tried again. */
export const compatibleErrors: readonly ErrorRule[] = [
  { code: "^(content_policy_violation|moderation_blocked)$", class: "moderated_input" },
  { code: "^(model_not_found|not_found_error)$", class: "not_available" },
  { status: 429, class: "rate_limited" },
  { status: 503, class: "overloaded" },
  { status: 500, class: "transient" },
  { status: 502, class: "transient" },
  { status: 504, class: "transient" },
];
