import type { ErrorRule } from "@cooly/contract";

/** By the name of what was thrown, which the server says itself. Source: `handle_exception` and the calls of its modules/api/api.py. */
export const webuiErrors: readonly ErrorRule[] = [
  // "Invalid encoded image"
  { status: 500, code: "^HTTPException$", class: "user_input" },
  // The manifest and this server do not fit: a sampler or a script is missing, or the API is not switched on.
  { status: 400, code: "^HTTPException$", class: "not_available" },
  { status: 422, code: "^HTTPException$", class: "not_available" },
  // It was tried and has failed, a lack of memory for example; anything else with such a status may come from a gateway.
  { status: 500, code: "^[A-Z]\\w*$", class: "transient" },
];
