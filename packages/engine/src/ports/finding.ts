/** What a look at one part of an installation found. A part is looked at by doing with it what the product does. */
export interface Finding {
  /** A stable word, `part.what`: `queue.evicts`. */
  readonly code: string;
  /** `failure`: a generation will not work. `warning`: it works, and something will go wrong or is open to the world. */
  readonly level: "good" | "warning" | "failure";
  /** One sentence. Never a secret. */
  readonly says: string;
  readonly cause?: string;
  readonly fix?: string;
}
