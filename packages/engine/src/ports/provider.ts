import type { Readable } from "node:stream";
import type { ErrorClass } from "@cooly/contract";
import type { Finding } from "./finding.ts";

/** One model vendor's wire protocol. `start` and `look` are apart so that the vendor's own id is stored before anybody waits. */
export interface Provider {
  readonly id: string;

  /**
   * What a second `start` for the same output does when the verdict of the first is not known.
   * `free`: it costs nobody anything, so do it. `keyed`: the vendor recognises `job.key` and answers with the first.
   * `billed`: it may be billed again, so never: the attempt is unknown until `reconcile` or an operator says otherwise.
   */
  readonly resubmit: "free" | "keyed" | "billed";

  /**
   * Asks the vendor for one output. `job.sending()` must be awaited right before the first byte leaves, once a connection stands:
   * a worker that was stopped in between and has lost its lease must not send.
   * Throws `ProviderUnreachable` only if the vendor cannot have accepted the job; otherwise answers, even if with `unknown`.
   */
  start(job: Job, signal: AbortSignal): Promise<Started>;

  /** Asks once. A reply that is missing or unreadable is no verdict: it throws, and the job stays as it was. */
  look?(operation: Operation, signal: AbortSignal): Promise<Sight>;

  /** After an `unknown`: did the vendor take the job with this key? `null`: it still cannot be told. */
  reconcile?(job: JobReference & { readonly sentMsAgo: number }, signal: AbortSignal): Promise<Sight | null>;

  /** A request; the verdict is whatever `look` says next. */
  cancel?(operation: Operation, signal: AbortSignal): Promise<void>;

  /** Whether the vendor can be reached and knows our key, by a call that costs nothing. Never rejects. */
  examine?(signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface JobReference {
  readonly outputId: string;
  readonly attempt: number;
  /** The same for every attempt of one output. */
  readonly key: string;
  readonly upstreamId: string;
}

export interface Job extends JobReference {
  /** What was asked for, in the model's own words. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The same as fields of the vendor's request: an adapter sends these, and knows no model. */
  readonly request: Readonly<Record<string, unknown>>;
  /** 0 to 2^31-1; always set, so that a recipe can be repeated. */
  readonly seed: number;
  /** Marks the attempt as sent. From here on a lost answer is `unknown`. Throws if the lease may be over: then send nothing. */
  sending(): Promise<void>;
  /** Throws if the lease may be over by now; at once, so that nothing lies between it and the first byte. */
  insist(): void;
  /** 0 to 1; call it as often as wanted, it is thinned out. */
  progress(fraction: number): void;
}

/** The vendor's own reference, kept as it is. By its member `id` a webhook finds the output again. */
export type Operation = Readonly<Record<string, unknown>>;

export type Started =
  | { readonly kind: "accepted"; readonly operation: Operation; readonly pollAfterSeconds: number }
  | Verdict
  | { readonly kind: "unknown"; readonly why: string };

export type Sight = { readonly kind: "running"; readonly progress?: number; readonly pollAfterSeconds: number } | Verdict;

export type Verdict =
  /** `units`: how many the vendor says it took, of what its price counts: tokens, seconds. */
  | { readonly kind: "delivered"; readonly result: Result; readonly costUsd?: number; readonly units?: number }
  | { readonly kind: "refused"; readonly message: string }
  /** Stopped as we asked, and not billed. */
  | { readonly kind: "canceled" }
  | Failure;

/** An answer that is no result and that is not billed. A route's own rules look at `status` and `code` first. */
export interface Failure {
  readonly kind: "failed";
  /** What it means by the vendor's protocol. `permanent`: no attempt can do better. */
  readonly class: Exclude<ErrorClass, "ambiguous"> | "permanent";
  readonly message: string;
  /** Of HTTP. */
  readonly status?: number;
  /** The vendor's own word for it. */
  readonly code?: string;
  readonly retryAfterSeconds?: number;
}

/** What the vendor made: its bytes (or a stream of them), or where they wait. What it is, is read from the bytes. */
export type Result =
  | { readonly from: "bytes"; readonly body: Readable | Uint8Array }
  /** Copied as often as it takes while the address lives, without asking the vendor again. */
  | { readonly from: "url"; readonly url: string };

/** Nothing was sent: trying again is safe. */
export class ProviderUnreachable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ProviderUnreachable";
  }
}
