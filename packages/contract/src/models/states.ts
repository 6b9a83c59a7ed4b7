/** The words of the pipeline as outsiders read them. */
export const generationStatuses = ["queued", "running", "unknown", "succeeded", "failed", "canceled"] as const;
export type GenerationStatus = (typeof generationStatuses)[number];

export const terminalStatuses = ["succeeded", "failed", "canceled"] as const satisfies readonly GenerationStatus[];

export const outputStatuses = ["queued", "running", "finalizing", "unknown", "delivered", "refused", "failed", "canceled"] as const;
export type OutputStatus = (typeof outputStatuses)[number];

export const eventTypes = [
  "generation.queued",
  "generation.running",
  "generation.progress",
  "generation.output",
  "generation.unknown",
  "generation.succeeded",
  "generation.failed",
  "generation.canceled",
  "credits.changed",
] as const;
export type EventType = (typeof eventTypes)[number];

export const isTerminal = (status: GenerationStatus): boolean => (terminalStatuses as readonly string[]).includes(status);

/** Codes of an output's or a generation's `error`. The sentence beside the code is made for people. */
export const outputErrorCodes = [
  "content_refused",
  "invalid_request",
  "provider_failed",
  "provider_unreachable",
  "provider_rate_limited",
  "result_unusable",
  "deadline_exceeded",
  "written_off",
] as const;
export type OutputErrorCode = (typeof outputErrorCodes)[number];
