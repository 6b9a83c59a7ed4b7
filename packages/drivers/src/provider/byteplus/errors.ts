import type { ErrorRule } from "@cooly/contract";

/** ModelArk's codes, of HTTP answers, of pictures within an answer, and of tasks. Source: the vendor's list of error codes. */
export const arkErrors: readonly ErrorRule[] = [
  { code: "^Output(Text|Image|Video|Audio)?(SensitiveContentDetected|RiskDetection)", class: "moderated_output" },
  { code: "SensitiveContentDetected|RiskDetection|PolicyViolation|PrivacyInformation", class: "moderated_input" },
  { code: "^AuthenticationError$|^AccessDenied", class: "auth" },
  { code: "^AccountOverdueError$|^QuotaExceeded", class: "billing" },
  { code: "^(InvalidEndpoint|InvalidEndpointOrModel|ModelNotOpen|UnsupportedModel)", class: "not_available" },
  { code: "^(ServerOverloaded|ModelLoadingError)", class: "overloaded" },
  { code: "RateLimitExceeded", class: "rate_limited" },
  { status: 429, class: "rate_limited" },
  { code: "^(MissingParameter|InvalidParameter|InvalidArgument)", class: "user_input" },
];
