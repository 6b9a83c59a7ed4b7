import type { ErrorRule } from "@cooly/contract";

/**
 * Titles of Replicate's answers, codes in the errors of its predictions, and one word of ours for what many models say in a sentence.
 * Source: Replicate's HTTP reference and its list of error codes.
 */
export const replicateErrors: readonly ErrorRule[] = [
  { code: "^(marked_as_unsafe|E005)$", class: "moderated_input" },
  { code: "^(E003|E004)$", class: "overloaded" },
  // It never began: a start that failed or took too long, or a machine that went away.
  { code: "^(E6716|E8367|E9243)$", class: "transient" },
  { code: "^E1001$", class: "user_input" },
  { code: "^Invalid version", class: "not_available" },
  { status: 402, class: "billing" },
  { status: 422, class: "user_input" },
];
