import type { OpenPieces } from "./pieces.ts";

/** Brings what a vendor left at an address. */
export interface Downloads {
  /**
   * Resolves once the answer has begun. Throws `ResultGone` if the address is dead; anything else that it throws, or that
   * its pieces fail with, is trouble on the way: try again. What ends before its announced size fails.
   */
  open(url: string, signal: AbortSignal): Promise<OpenPieces>;
}

/** The address will not answer with the result any more. */
export class ResultGone extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ResultGone";
  }
}
