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

/** A database that says nothing for so long is away; whoever asked may ask again, or leave. */
const ANSWER_MS = 8_000;

export async function ask<Row extends pg.QueryResultRow>({ pool }: Pick<PostgresQueueOptions, "pool">, question: pg.QueryConfig): Promise<readonly Row[]> {
  const patient: pg.QueryConfig & { readonly query_timeout: number } = { ...question, query_timeout: ANSWER_MS };
  return (await pool.query<Row>(patient)).rows;
}
