/** How often a message is handed out at most, before it is set aside. */
export const RECEIVES_MAX = 5;

/**
 * A doorbell, not a store. Postgres holds the work; a message only says which output to look at.
 * Losing or repeating one is therefore harmless, and a driver needs no more than these verbs.
 */
export interface Queue {
  /** Resolves once the broker has accepted every message. A message may still arrive twice. */
  publish(messages: readonly Message[]): Promise<void>;

  /**
   * Runs `handle` for each message, at most `concurrency` at once, until `signal` aborts; then waits for those in hand.
   * A handler that throws gets its message again, later; so does another consumer when this process dies. What has failed
   * `RECEIVES_MAX` times is set aside.
   */
  consume(handle: (message: Message) => Promise<void>, options: ConsumeOptions): Promise<void>;

  depth(): Promise<QueueDepth>;

  /** Puts what was set aside back. Answers how many messages. */
  redrive(): Promise<number>;

  close(): Promise<void>;
}

/** Ids only. `attempt` is the one that the message was made for: an output that has moved on ignores it. */
export interface Message {
  readonly outputId: string;
  readonly attempt: number;
}

export interface QueueDepth {
  /** May be taken now. */
  readonly waiting: number;
  /** How long the oldest of those has waited; null where the broker cannot tell, or there is none. */
  readonly oldestSeconds: number | null;
  readonly setAside: number;
}

export interface ConsumeOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
}
