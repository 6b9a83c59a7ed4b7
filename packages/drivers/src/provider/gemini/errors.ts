import type { ErrorRule } from "@cooly/contract";

/** Of HTTP answers, and of operations that failed: google.rpc's codes, or the reason in their details. Source: the vendor's troubleshooting guide. */
export const geminiErrors: readonly ErrorRule[] = [
  { status: 402, class: "billing" },
  { code: "^BILLING_|^FAILED_PRECONDITION$", class: "billing" },
  { code: "^(API_KEY_|ACCESS_TOKEN_|CONSUMER_|SERVICE_DISABLED$|UNAUTHENTICATED$|PERMISSION_DENIED$)", class: "auth" },
  { code: "^NOT_FOUND$", class: "not_available" },
  { code: "^(RESOURCE_EXHAUSTED|RATE_LIMIT_EXCEEDED)$", class: "rate_limited" },
  // Said by the vendor itself, with a body, it has not begun; a bare 503 may come from a gateway.
  { code: "^UNAVAILABLE$", class: "overloaded" },
  { code: "^(INVALID_ARGUMENT|OUT_OF_RANGE)$", class: "user_input" },
];

/** Why a prompt was not taken: whatever word it is, it was the prompt. */
export const blockReasons: readonly ErrorRule[] = [{ code: "", class: "moderated_input" }];

/** Why an answer that is good holds no picture. */
export const finishReasons: readonly ErrorRule[] = [
  { code: "^(IMAGE_)?(SAFETY|PROHIBITED_CONTENT|RECITATION)$|^(BLOCKLIST|SPII)$", class: "moderated_output" },
  { code: "^LANGUAGE$", class: "user_input" },
];
