import type { Operation, Sight } from "./provider.ts";

/** Reads the webhooks of one vendor. */
export interface HookReader {
  /** Null unless the message is genuine and recent. It may have to ask for the vendor's public keys. */
  read(message: HookMessage, now: Date): Heard | null | Promise<Heard | null>;
}

export interface HookMessage {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of the address that it came to. */
  readonly query: URLSearchParams;
  /** As it came. */
  readonly body: Uint8Array;
}

export interface Heard {
  /** The vendor's id of this message: the same for every copy. */
  readonly eventId: string;
  /** Which output, by the `key` of its job where the vendor hands it back, or by the `id` of its operation. */
  readonly outputId: string | null;
  readonly taskId: string | null;
  /** How that task is looked at, where the message says which it is: then a lost answer to its submit is found. */
  readonly operation?: Operation;
  /** What became of it, in JSON; null: it is worth a look. */
  readonly sight: Sight | null;
}
