/** A rule that is broken, and what breaks it. */
export interface Violation {
  readonly invariant: string;
  readonly rule: string;
  readonly count: number;
  /** The first of the offending rows, as they are. */
  readonly rows: readonly Record<string, unknown>[];
}
