/** Retries are ours, whichever queue runs: the classes, the back-off and the limit live here. */

/** After this many burnt attempts an output fails and lies with the dead letters. */
export const ATTEMPTS_MAX = 5;
const BASE_SECONDS = 1;
const CAP_SECONDS = 60;

/** Exponential with full jitter: `failures` counts what was burnt before this one; `random` is 0 to 1. */
export function backoffSeconds(failures: number, random: number = Math.random()): number {
  return random * Math.min(CAP_SECONDS, BASE_SECONDS * 2 ** failures);
}

/** How often an unknown is asked about: soon at first, as most clear up at once. */
export const UNKNOWN_FIRST_LOOK_SECONDS = 5;
export const UNKNOWN_LOOK_SECONDS = 30;
