import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { RECEIVES_MAX, type Finding } from "@cooly/engine/ports";
import { explainSqs, isFifo, openClient, regionOf, SAY_FIFO, soon, type SqsQueueOptions } from "./client.ts";

const RECEIVES_FEWEST = 2;
const RECEIVES_MOST = 100;
const DAY_SECONDS = 86_400;
const DENIED = /^AccessDenied/;

type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * Looks at both queues without touching a message: there is no third one to try with, and what lies in these two is alive.
 * So it says what was seen and what only a generation can prove.
 */
export async function examine(options: Omit<SqsQueueOptions, "log">): Promise<readonly Finding[]> {
  const { url, setAsideUrl, region } = options;
  if (isFifo(url)) return [{ code: "queue.fifo", level: "failure", says: SAY_FIFO, fix: "Run: cooly queue setup" }];
  const named = regionOf(url);
  if (region !== undefined && named !== null && region !== named)
    return [
      {
        code: "queue.region",
        level: "failure",
        says: `AWS_REGION is ${region}, and SQS_MAIN_QUEUE_URL is in ${named}.`,
        fix: `Set AWS_REGION to ${named}, or remove it.`,
      },
    ];
  let client: SQSClient;
  try {
    client = openClient(url, options);
  } catch (error) {
    return [{ code: "queue.region", level: "failure", says: (error as Error).message, fix: "Set AWS_REGION." }];
  }
  try {
    const [main, aside] = await Promise.all([look(client, url), look(client, setAsideUrl)]);
    const missing = [main, aside].flatMap((found) => ("code" in found ? [found as Finding] : []));
    if (missing.length > 0) return missing;
    return [...settings(main as Attributes), wiring(main as Attributes, aside as Attributes), ...(await permissions(client, options))];
  } finally {
    client.destroy();
  }
}

async function look(client: SQSClient, url: string): Promise<Attributes | Finding> {
  try {
    return (await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }), soon())).Attributes ?? {};
  } catch (error) {
    return {
      code: codeOf(error as Error),
      level: "failure",
      says: `The queue ${new URL(url).pathname.split("/").at(-1)!} cannot be used.`,
      cause: explainSqs(error, url),
      fix: "Run: cooly queue setup",
    };
  }
}

function codeOf({ name }: Error): string {
  if (/NonExistentQueue|QueueDoesNotExist/.test(name)) return "queue.missing";
  if (DENIED.test(name)) return "queue.permission";
  if (/Token|Signature|Credentials|AccessKeyId|UnrecognizedClient/.test(name)) return "queue.credentials";
  return "queue.unreachable";
}

function settings(main: Attributes): readonly Finding[] {
  const { FifoQueue, DelaySeconds = "0", MessageRetentionPeriod = "0" } = main;
  if (FifoQueue === "true") return [{ code: "queue.fifo", level: "failure", says: SAY_FIFO, fix: "Run: cooly queue setup" }];
  const found: Finding[] = [{ code: "queue.reachable", level: "good", says: "Both queues are there, and the first is a standard one." }];
  if (Number(DelaySeconds) > 0)
    found.push({
      code: "queue.delay",
      level: "warning",
      says: `Every message waits ${DelaySeconds} s before a worker can have it.`,
      fix: "Set the queue's delay to 0.",
    });
  if (Number(MessageRetentionPeriod) < DAY_SECONDS)
    found.push({
      code: "queue.retention",
      level: "warning",
      says: "The queue forgets messages within a day; what it forgets is announced again, later.",
      fix: "Run: cooly queue setup",
    });
  return found;
}

function wiring({ RedrivePolicy }: Attributes, { QueueArn }: Attributes): Finding {
  const code = "queue.dead_letters";
  const fix = "cooly queue setup";
  const { deadLetterTargetArn, maxReceiveCount } = readPolicy(RedrivePolicy);
  const receives = Number(maxReceiveCount);
  if (!deadLetterTargetArn)
    return { code, level: "warning", says: "The queue has no dead letter queue: a message that kills its worker comes again for days.", fix };
  if (deadLetterTargetArn !== QueueArn)
    return {
      code,
      level: "warning",
      says: "The queue's dead letters go to another queue than SQS_DLQ_QUEUE_URL: they are not counted, and cooly queue redrive does not find them.",
      fix,
    };
  if (!(receives >= RECEIVES_FEWEST && receives <= RECEIVES_MOST))
    return { code, level: "warning", says: `A message is set aside after ${receives} tries; ${RECEIVES_MAX} are what the workers count.`, fix };
  return { code, level: "good", says: `What fails ${receives} times goes to the dead letter queue.` };
}

function readPolicy(text: string | undefined): { deadLetterTargetArn?: string; maxReceiveCount?: number | string } {
  try {
    return JSON.parse(text ?? "{}") as object;
  } catch {
    return {};
  }
}

/** Calls that cannot succeed, as what they name does not exist: whoever may not make them is told that first. */
async function permissions(client: SQSClient, { url, setAsideUrl }: Pick<SqsQueueOptions, "url" | "setAsideUrl">): Promise<readonly Finding[]> {
  const none = "none";
  const calls = [url, setAsideUrl].flatMap((QueueUrl) => [
    { what: "sqs:SendMessage", send: () => client.send(new SendMessageCommand({ QueueUrl, MessageBody: "" }), soon()) },
    { what: "sqs:ReceiveMessage", send: () => client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 0 }), soon()) },
    { what: "sqs:DeleteMessage", send: () => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: none }), soon()) },
  ]);
  const change = () => client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: none, VisibilityTimeout: 0 }), soon());
  const asked = [...calls, { what: "sqs:ChangeMessageVisibility", send: change }];
  const answers = await Promise.allSettled(asked.map(({ send }) => send()));
  const denied = asked.filter((_, index) => {
    const answer = answers[index]!;
    return answer.status === "rejected" && DENIED.test((answer.reason as Error).name);
  });
  if (denied.length > 0) {
    const words = [...new Set(denied.map(({ what }) => what))].join(", ");
    return [
      { code: "queue.permission", level: "failure", says: `These credentials may not ${words}.`, fix: "Give them the policy that cooly queue setup prints." },
    ];
  }
  return [
    {
      code: "queue.permission",
      level: "good",
      says: "No call that the workers make was refused. That a message goes through is proven by a generation only: no queue but the live ones is there to try.",
    },
  ];
}
