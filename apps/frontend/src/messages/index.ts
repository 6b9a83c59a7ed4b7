import { en } from "./en.ts";

export { createFormats } from "./format.ts";

/** The catalogue in use. A further language is one more file of the same shape. */
export const t = en;
export const format = en.format;
