import type { ErrorRule } from "@cooly/contract";

/** Codes of Seed Speech, of HTTP answers and of lines within one that is good: 4… is whoever asked, 5… is the vendor. */
export const speechErrors: readonly ErrorRule[] = [
  // Whatever the code beside it.
  { status: 429, class: "rate_limited" },
  { status: 401, class: "auth" },
  { status: 403, class: "auth" },
  { code: "^45000010$", class: "auth" },
  { code: "^40402003$", class: "user_input" },
  { code: "^4[05]", class: "user_input" },
  { status: 500, class: "ambiguous" },
  { status: 503, class: "ambiguous" },
  { code: "^55", class: "transient" },
];
