import type { ErrorRule } from "@cooly/contract";

/**
 * fal's words: `type` of a model's error, `error_type` of the platform's, and two of ours for what it says in a sentence or marks in a result.
 * Source: fal's pages on model errors and on request errors.
 */
export const falErrors: readonly ErrorRule[] = [
  { code: "^content_policy_violation$", class: "moderated_input" },
  { code: "^(no_media_generated|marked_as_unsafe)$", class: "moderated_output" },
  { code: "^balance_exhausted$", class: "billing" },
  { code: "^(runner_scheduling_failure|startup_timeout|downstream_service_unavailable)$", class: "overloaded" },
  { code: "^(request_timeout|generation_timeout|runner_|internal_|downstream_service_error$)", class: "transient" },
  { status: 400, class: "user_input" },
  { status: 413, class: "user_input" },
  { status: 422, class: "user_input" },
];

/** What the platform says of itself, and always with 5xx, which is not billed. A model's own words come with any status. */
export const unbilled: readonly ErrorRule[] = [{ code: "^(runner_|startup_timeout$|request_timeout$)", class: "transient" }];
