/**
 * What the database knows, kept nearer for a moment. It may forget anything at any time: whoever reads it asks the database
 * for what is missing. None of these rejects, and none takes longer than a moment, however far away the cache is.
 */
export interface Cache {
  /** Null: it is not there, or cannot be believed, or the cache is away. */
  find(name: string): Promise<string | null>;

  /**
   * Keeps what was read from the database at that time of this process (`performance.now()`), for half a minute at the most;
   * not if it was dropped since, nor if the reading was long ago.
   */
  keep(name: string, value: string, readAtMs: number): Promise<void>;

  /**
   * From now on this process finds nothing under these names that was kept before; others do not as soon as the cache can be
   * told, and in any case once half a minute has passed. Call it before the database forgets: nothing is kept under a dropped
   * name for the next minute, so that what was read meanwhile does not come back.
   */
  drop(names: readonly string[]): Promise<void>;
}
