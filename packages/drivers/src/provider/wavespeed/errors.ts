import type { ErrorRule } from "@cooly/contract";

/** WaveSpeed has no words of its own but HTTP's; what it says in sentences is named by us. Source: WaveSpeed's API reference. */
export const waveSpeedErrors: readonly ErrorRule[] = [
  { code: "^content_flagged$", class: "moderated_input" },
  { status: 400, class: "user_input" },
  { status: 402, class: "billing" },
];
