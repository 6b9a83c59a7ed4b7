/** Retries are ours, whichever queue runs: the classes, the back-off and the limit live here. */

/** After this many burnt attempts an output fails and lies with the dead letters. */
export const ATTEMPTS_MAX = 5;
const BASE_SECONDS = 1;
const CAP_SECONDS = 60;

/** Exponential with full jitter: `failures` counts what was burnt before this one; `random` is 0 to 1. */
export function backoffSeconds(failures: number, random: number = Math.random()): number {
  return random * Math.min(CAP_SECONDS, BASE_SECONDS * 2 ** failures);
}

export const UNKNOWN_FIRST_LOOK_SECONDS = 5;
const UNKNOWN_LOOK_MAX_SECONDS = 120;

/** The pause before an unknown is asked about again: half its age, so that most clear up soon and an old one costs few questions. */
export const unknownLookSeconds = (sentSecondsAgo: number): number =>
  Math.min(UNKNOWN_LOOK_MAX_SECONDS, Math.max(UNKNOWN_FIRST_LOOK_SECONDS, sentSecondsAgo / 2));
