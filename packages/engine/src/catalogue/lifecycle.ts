import type { ModelManifest } from "@cooly/contract";

/** Its vendors turn it off at the beginning of that day, or have. */
export const isOver = ({ status, retire_at }: ModelManifest["lifecycle"], now: Date): boolean =>
  status === "retired" || (retire_at !== null && Date.parse(retire_at) <= now.getTime());
