import type { ErrorRule } from "@cooly/contract";

/** OpenAI's codes, or its types where it has no code. Source: the vendor's guide to error codes. */
export const openAiErrors: readonly ErrorRule[] = [
  { code: "^(moderation_blocked|content_policy_violation|image_generation_user_error)\\.output$", class: "moderated_output" },
  { code: "^(moderation_blocked|content_policy_violation)$", class: "moderated_input" },
  // A refusal that says neither which word nor which stage.
  { code: "^image_generation_user_error$", class: "user_input" },
  // Waiting does not pay a bill.
  { code: "^(insufficient_quota|billing_hard_limit_reached|billing_not_active)$", class: "billing" },
  { code: "^(invalid_api_key|unsupported_country_region_territory|organization_must_be_verified)$", class: "auth" },
  { code: "^(model_not_found|model_not_available)$", class: "not_available" },
  { code: "^rate_limit_exceeded$", class: "rate_limited" },
  { status: 409, class: "ambiguous" },
];
