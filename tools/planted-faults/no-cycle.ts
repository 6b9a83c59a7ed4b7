import type { Other } from "./no-cycle-other.ts";

export interface One {
  readonly other: Other | null;
}
