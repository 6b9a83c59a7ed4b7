/** What the suite needs of a broker, and what a process of its own needs to open the same queue. */
import type { Queue } from "@cooly/engine/ports";

/** In JSON: a consumer in another process opens the queue by it. */
export type QueueAddress =
  | { readonly driver: "postgres"; readonly url: string; readonly seconds: number }
  | { readonly driver: "bullmq"; readonly url: string; readonly prefix: string; readonly seconds: number }
  | { readonly driver: "sqs"; readonly url: string; readonly setAsideUrl: string; readonly endpoint: string; readonly seconds: number };

/** An empty queue, reached through a line that can be cut. */
export interface QueueGround {
  readonly address: QueueAddress;
  /** A client of its own; it is closed with the ground. */
  open(): Promise<Queue>;
  /** What lies in the queue, as the broker has it. */
  raw(): Promise<readonly string[]>;
  /** `silent`: what is sent goes nowhere; `gone`: nothing answers. */
  cut(how: "silent" | "gone"): Promise<void>;
  mend(): Promise<void>;
  /** The broker dies in the middle of whatever it does, and comes back. */
  restart(): Promise<void>;
  close(): Promise<void>;
}
