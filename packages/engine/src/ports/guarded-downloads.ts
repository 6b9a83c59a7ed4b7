import type { OpenPieces } from "./pieces.ts";

/**
 * Reads what lies at an address that a stranger gave: a person, or an answer of a vendor. What it may reach is the public
 * internet, and what the installation allows besides.
 */
export interface GuardedDownloads {
  /**
   * Resolves once an answer that may be read has begun. What is against the rules, and what fails on the way, is a
   * `DownloadRefused`, from here or from the pieces; an abort by `signal` is its reason. Type and worth of the bytes are for the
   * reader to find out: what the server says of them is not handed on.
   */
  open(url: string, signal: AbortSignal): Promise<OpenPieces>;
}

/**
 * What is said to whoever gave the address. No sentence tells a name that is unknown from one that leads inside, or from a port
 * where nobody listens: together they would be a map of the inside.
 */
const sentences = {
  url_invalid: "This is not a complete address of the web.",
  scheme_refused: "Only addresses that begin with https:// are read.",
  credentials_refused: "An address may not hold a user name or a password.",
  port_refused: "Addresses with this port are not read.",
  unreachable: "The address cannot be reached.",
  redirect_refused: "The address leads on to another one.",
  answer_refused: "The address does not answer with a file.",
  encoding_refused: "The address answers in an encoding that was not asked for.",
  too_large: "The file at the address is too large.",
  too_slow: "The address takes too long.",
  broken_off: "The file at the address did not come whole.",
} as const;

export type DownloadRefusal = keyof typeof sentences;

/** Codes are stable and the message is public. `cause` is for the log alone. */
export class DownloadRefused extends Error {
  readonly code: DownloadRefusal;

  constructor(code: DownloadRefusal, options?: { cause?: unknown }) {
    super(sentences[code], options);
    this.name = "DownloadRefused";
    this.code = code;
  }
}
