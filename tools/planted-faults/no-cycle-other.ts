import type { One } from "./no-cycle.ts";

export interface Other {
  readonly one: One | null;
}
