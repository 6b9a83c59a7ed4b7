import type { Sight } from "./provider.ts";

/** Reads the webhooks of one vendor. Pure: it asks nobody. */
export interface HookReader {
  /** Null unless the message is genuine and recent. `body` is as it came. */
  read(message: HookMessage, now: Date): Heard | null;
}

export interface HookMessage {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface Heard {
  /** The vendor's id of this message: the same for every copy. */
  readonly eventId: string;
  /** Which output, by the `key` of its job where the vendor hands it back, or by the `id` of its operation. */
  readonly outputId: string | null;
  readonly taskId: string | null;
  /** What became of it, in JSON; null: it is worth a look. */
  readonly sight: Sight | null;
}
