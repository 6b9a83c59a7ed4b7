/** Where the processes of an installation count hits together. A lost count lets somebody through, and breaks nothing. */
export interface HitStore {
  /** Adds to each count, and answers with what it is then, in their order. Rejects if it cannot: the caller tries again. */
  add(hits: readonly Hits[]): Promise<readonly number[]>;
}

export interface Hits {
  readonly key: string;
  /** The beginning of its minute; a count is wanted for as long as that lasts. */
  readonly window: Date;
  readonly hits: number;
}
