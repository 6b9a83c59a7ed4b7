/** Environment -> queue: which broker carries the work. Its library is loaded when it is wanted. */
import { createPostgresQueue } from "@cooly/drivers/queue/postgres";
import type { SqsPlace } from "@cooly/drivers/queue/sqs";
import type { Database, Doorbell } from "@cooly/engine";
import type { Log, Queue } from "@cooly/engine/ports";
import type { RoleName } from "@cooly/topology";
import { ConfigurationProblem, type Configuration } from "./configuration.ts";

export type QueueDriver = "postgres" | "bullmq" | "sqs";

/** What the environment says, or else what it names. */
export function chooseQueue(configuration: Configuration): QueueDriver {
  const said = configuration.text("QUEUE_DRIVER");
  if (said !== null) return said as QueueDriver;
  if (configuration.text("SQS_MAIN_QUEUE_URL") !== null) return "sqs";
  return configuration.text("REDIS_URL") === null ? "postgres" : "bullmq";
}

/** Whether a process with these roles uses the queue: no other one connects to it. */
export const usesQueue = (roles: readonly RoleName[]): boolean => roles.includes("relay") || roles.includes("gen");

/** What the chosen driver lacks, in a sentence each. */
export function queueProblems(configuration: Configuration): readonly string[] {
  const driver = chooseQueue(configuration);
  const lacks = (name: "REDIS_URL" | "SQS_MAIN_QUEUE_URL" | "SQS_DLQ_QUEUE_URL", example: string): readonly string[] =>
    configuration.text(name) === null ? [`${name} is required where the queue is ${driver}, for example ${example}.`] : [];
  if (driver === "bullmq") return lacks("REDIS_URL", "rediss://cooly:PASSWORD@redis.example.com:6380");
  if (driver === "postgres") return [];
  return [
    ...lacks("SQS_MAIN_QUEUE_URL", "what cooly queue setup prints"),
    ...lacks("SQS_DLQ_QUEUE_URL", "what cooly queue setup prints"),
    ...halfCredentials(configuration),
  ];
}

function halfCredentials(configuration: Configuration): readonly string[] {
  const [id, secret] = [configuration.text("AWS_ACCESS_KEY_ID"), configuration.text("AWS_SECRET_ACCESS_KEY")];
  return (id === null) === (secret === null) ? [] : ["AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; set both, or neither."];
}

export interface QueueOptions {
  readonly configuration: Configuration;
  readonly db: Database;
  readonly doorbell: Doorbell;
  readonly log: Log;
}

/** Connects to nothing before its first use, or `open`. */
export interface LateQueue extends Queue {
  /** Rejects with a sentence where the broker cannot be used. */
  open(): Promise<void>;
}

export function openQueue(options: QueueOptions): LateQueue {
  const { db, doorbell } = options;
  if (chooseQueue(options.configuration) !== "postgres") return late(() => openBroker(options));
  const queue = createPostgresQueue({
    pool: db.pool,
    ring: () => doorbell.ring("queue"),
    onRing: (listener) => doorbell.onRing("queue", listener),
    listening: () => doorbell.listening(),
  });
  return { ...queue, open: async () => undefined };
}

async function openBroker({ configuration, log }: QueueOptions): Promise<Queue> {
  const problems = queueProblems(configuration);
  if (problems.length > 0) throw new ConfigurationProblem(problems.join("\n"));
  if (chooseQueue(configuration) === "bullmq") {
    const { createBullmqQueue } = await import("@cooly/drivers/queue/bullmq");
    return createBullmqQueue({ url: configuration.text("REDIS_URL")!, prefix: configuration.text("QUEUE_PREFIX")!, log });
  }
  const { createSqsQueue } = await import("@cooly/drivers/queue/sqs");
  const urls = { url: configuration.text("SQS_MAIN_QUEUE_URL")!, setAsideUrl: configuration.text("SQS_DLQ_QUEUE_URL")! };
  return createSqsQueue({ ...urls, ...sqsPlace(configuration), log });
}

/** Where SQS is, and who we are there. */
export function sqsPlace(configuration: Configuration): SqsPlace {
  const text = configuration.text;
  const [region, endpoint] = [text("AWS_REGION"), text("SQS_ENDPOINT")];
  const [accessKeyId, secretAccessKey] = [text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY")];
  // A key that is lent for a while is of use with its token only, which is AWS' own variable.
  const sessionToken = process.env["AWS_SESSION_TOKEN"];
  return {
    ...(region !== null && { region }),
    ...(endpoint !== null && { endpoint }),
    ...(accessKeyId !== null && secretAccessKey !== null && { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }),
  };
}

/** One that fails to open may be tried again. */
function late(connect: () => Promise<Queue>): LateQueue {
  let opening: Promise<Queue> | null = null;
  const opened = (): Promise<Queue> =>
    (opening ??= connect().catch((error: unknown) => {
      opening = null;
      throw error;
    }));
  return {
    open: async () => void (await opened()),
    publish: async (messages) => (await opened()).publish(messages),
    consume: async (handle, options) => (await opened()).consume(handle, options),
    depth: async () => (await opened()).depth(),
    redrive: async () => (await opened()).redrive(),
    close: async () => (await opening)?.close(),
  };
}
