import type { Problem } from "@cooly/contract";

/** The server answered, and the answer is no. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Partial<Problem> & Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Refusal["problem"]) {
    super(typeof problem.detail === "string" ? problem.detail : `The server answered ${status}.`);
    this.name = "Refusal";
    this.status = status;
    this.code = typeof problem.code === "string" ? problem.code : `http_${status}`;
    this.problem = problem;
  }
}

/** No answer came. Whether the request arrived is not known. */
export class NoReply extends Error {
  constructor(cause: unknown) {
    super("No reply came.", { cause });
    this.name = "NoReply";
  }
}

export const isSignedOut = (error: unknown): boolean => error instanceof Refusal && error.status === 401;

/** Answers of something between us and the server, or of a server that does not know what became of the request. */
export const isUncertain = (error: unknown): boolean => error instanceof NoReply || (error instanceof Refusal && error.status >= 500);
