import type { ErrorRule } from "@cooly/contract";

/** Of a graph that was not taken, by the first complaint of a node or else of the whole. Source: ComfyUI's `validate_prompt`. */
export const comfyErrors: readonly ErrorRule[] = [
  { code: "^(value_smaller_than_min|value_bigger_than_max|invalid_input_type|custom_validation_failed)$", class: "user_input" },
  // The manifest's graph and this server do not fit: a node, a checkpoint or a link is missing.
  { code: "^(missing_node_type|value_not_in_list|required_input_missing|bad_linked_input|return_type_mismatch|dependency_cycle)$", class: "not_available" },
  { code: "^(invalid_|no_prompt|prompt_|exception_during_)", class: "not_available" },
];
