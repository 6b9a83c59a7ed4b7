/**
 * A doorbell, not a store. Postgres holds the work; a message only says which output to look at.
 * Losing or repeating one is therefore harmless, and a driver needs no more than these verbs.
 */
export interface Queue {
  /** Resolves once the broker has accepted every message. A message may still arrive twice. */
  publish(messages: readonly Message[]): Promise<void>;

  /**
   * Runs `handle` for each message, at most `concurrency` at once, until `signal` aborts; then waits for those in hand.
   * A handler that throws gets its message again, later; so does another consumer when this process dies.
   */
  consume(handle: (message: Message) => Promise<void>, options: ConsumeOptions): Promise<void>;

  /** `oldestSeconds` is null where the broker cannot tell. */
  depth(): Promise<{ readonly waiting: number; readonly oldestSeconds: number | null }>;

  close(): Promise<void>;
}

/** Ids only. `attempt` is the one that the message was made for: an output that has moved on ignores it. */
export interface Message {
  readonly outputId: string;
  readonly attempt: number;
}

export interface ConsumeOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
}
