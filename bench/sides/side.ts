/** One contestant of a suite: something that takes jobs and gets them done, in a process of its own. */
export interface Side {
  /** Adds one job, durably, and resolves once it is. */
  add(): Promise<void>;
  /** Adds many the way that is fastest for it. */
  addMany(count: number): Promise<void>;
  /** Begins to take jobs. Resolves once it can. */
  work(seen: Seen): Promise<Working>;
  close(): Promise<void>;
}

export interface Seen {
  /** A job's handler was entered. */
  started(): void;
  /** Nothing is left to do for that job. */
  finished(): void;
}

export interface Working {
  stop(): Promise<void>;
}

export interface SideOptions {
  /** Of its database, or of Redis. */
  readonly url: string;
  /** A folder for files. */
  readonly home: string;
  /** An account with credit, where it needs some. */
  readonly accountIds: readonly string[];
  /** How long our provider takes; it answers at once where nobody says. */
  readonly providerMs?: number;
  /** Where our queue is; PostgreSQL where nobody says. */
  readonly broker?: Broker;
}

export type Broker =
  | { readonly driver: "bullmq"; readonly url: string; readonly prefix: string }
  | { readonly driver: "sqs"; readonly endpoint: string; readonly url: string; readonly setAsideUrl: string };

export const sideNames = [
  "cooly",
  "cooly-bare",
  "cooly-on-bullmq",
  "cooly-on-sqs",
  "cooly-queue",
  "cooly-queue-on-bullmq",
  "cooly-queue-on-sqs",
  "graphile-worker",
  "pg-boss",
  "bullmq-postgres",
  "bullmq-redis",
] as const;
export type SideName = (typeof sideNames)[number];

/** What a side is called in tables. */
export const sideTitles: Readonly<Record<SideName, string>> = {
  cooly: "Cooly, whole pipeline",
  "cooly-bare": "Cooly, without the files",
  "cooly-on-bullmq": "Cooly on BullMQ, without the files",
  "cooly-on-sqs": "Cooly on SQS, without the files",
  "cooly-queue": "Cooly's queue alone",
  "cooly-queue-on-bullmq": "Cooly's driver of BullMQ alone",
  "cooly-queue-on-sqs": "Cooly's driver of SQS alone",
  "graphile-worker": "graphile-worker",
  "pg-boss": "pg-boss",
  "bullmq-postgres": "BullMQ on PostgreSQL",
  "bullmq-redis": "BullMQ on Redis",
};

/** How many jobs a side handles at once, where it has such a number. */
export const CONCURRENCY = 32;
export const BATCH = 250;

export async function inBatches(count: number, add: (size: number) => Promise<unknown>): Promise<void> {
  for (let left = count; left > 0; left -= BATCH) await add(Math.min(left, BATCH));
}
