import type { Failure } from "../ports/index.ts";

/** So many failures one after the other say that it is not the job. */
export const FAILURES_IN_A_ROW = 5;

export interface Break {
  readonly seconds: number;
  /** All that the provider has, and not this one model. */
  readonly wide: boolean;
}

const RATE_LIMIT_SECONDS = 5;
/** First and longest, by what it is. */
const trouble = { first: 15, most: 300 };
const account = { first: 60, most: 900 };
const absent = { first: 300, most: 3_600 };

const lasting = ({ first, most }: { first: number; most: number }, times: number): number => Math.min(most, first * 2 ** times);

/** How long a route is left alone after a failure; null: it is not. `failures`: in a row, with this one. `times`: how often it was opened since it last served. */
export function breakOf(
  { class: found, retryAfterSeconds }: Pick<Failure, "class" | "retryAfterSeconds">,
  { failures, times }: { readonly failures: number; readonly times: number },
): Break | null {
  switch (found) {
    case "auth":
    case "billing":
      return { seconds: lasting(account, times), wide: true };
    case "not_available":
      return { seconds: lasting(absent, times), wide: false };
    case "rate_limited":
      // The rate is found by asking: each time that it was too much, the pause doubles.
      return { seconds: Math.max(retryAfterSeconds ?? 0, lasting({ first: RATE_LIMIT_SECONDS / 2, most: 60 }, times)), wide: false };
    case "overloaded":
    case "transient":
      return failures < FAILURES_IN_A_ROW ? null : { seconds: Math.max(retryAfterSeconds ?? 0, lasting(trouble, times)), wide: false };
    // They say something of the job, and nothing of the route.
    case "user_input":
    case "moderated_input":
    case "moderated_output":
    case "permanent":
      return null;
  }
}
