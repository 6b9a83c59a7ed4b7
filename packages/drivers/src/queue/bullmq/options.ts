import type { Log } from "@cooly/engine/ports";

export interface BullmqQueueOptions {
  /** `redis://` or `rediss://`, with a user and a password where the server wants them. */
  readonly url: string;
  /** What the names of all keys begin with; an installation has its own. */
  readonly prefix: string;
  /** Which queue under that prefix. */
  readonly name?: string;
  readonly log?: Log;
  /** How long a message stays with a worker that says nothing. Default: 15. */
  readonly lockSeconds?: number;
  /** How often workers look for messages of the dead. Default: 10. */
  readonly stalledSeconds?: number;
}

export const QUEUE_NAME = "outputs";
/** What was set aside lies in a queue of its own that nobody consumes, where its job id keeps no later announcement out. */
export const asideOf = (name: string): string => `${name}-set-aside`;
