import type pg from "pg";

export interface PostgresQueueOptions {
  readonly pool: Pick<pg.Pool, "query">;
  /** Tells consumers, here and in other processes, that there is something to take. */
  readonly ring: () => void;
  readonly onRing: (listener: () => void) => () => void;
  /** Whether rings of other processes arrive; if not, the queue is polled more often. */
  readonly listening: () => boolean;
  /** For how long a message in hand is hidden from other consumers; a live consumer keeps extending it. Default: 30. */
  readonly visibilitySeconds?: number;
}
