import type { ErrorRule } from "@cooly/contract";

/** kie's codes, which stand within answers that are good; and one word of ours for what it says in a sentence. Source: docs.kie.ai, Veo 3.1 API. */
export const kieErrors: readonly ErrorRule[] = [
  { code: "^content_flagged$", class: "moderated_input" },
  { status: 400, class: "user_input" },
  { status: 422, class: "user_input" },
  // Maintenance.
  { status: 455, class: "overloaded" },
  // Turned off.
  { status: 505, class: "not_available" },
];
