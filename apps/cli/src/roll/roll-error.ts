/** A sentence for the operator; the roll ends with exit code 1. */
export class RollError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
