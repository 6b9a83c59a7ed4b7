import { CreateQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, SetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { RECEIVES_MAX } from "@cooly/engine/ports";
import { SET_ASIDE_DAYS } from "../message.ts";
import { explainSqs, isFifo, openClient, SAY_FIFO, soon, type SqsPlace } from "./client.ts";

export interface SetUpOptions extends SqsPlace {
  readonly name: string;
  readonly setAsideName: string;
  /** Of a queue that is there already, for its region. */
  readonly url?: string;
}

export interface SqsSetUp {
  readonly url: string;
  readonly setAsideUrl: string;
  /** Who may do what the driver does, and nothing else. */
  readonly policy: object;
}

const RETENTION_SECONDS = String(SET_ASIDE_DAYS * 86_400);
const VISIBILITY_SECONDS = "30";
const POLL_SECONDS = "5";

/** Makes both queues and wires them, or corrects those that are there. Again: changes nothing. */
export async function setUpSqsQueues({ name, setAsideName, url, ...place }: SetUpOptions): Promise<SqsSetUp> {
  if (name.endsWith(".fifo") || (url && isFifo(url))) throw new Error(SAY_FIFO);
  const client = openClient(url ?? null, place);
  try {
    const aside = await ensure(client, setAsideName, { MessageRetentionPeriod: RETENTION_SECONDS });
    const main = await ensure(client, name, {
      MessageRetentionPeriod: RETENTION_SECONDS,
      VisibilityTimeout: VISIBILITY_SECONDS,
      ReceiveMessageWaitTimeSeconds: POLL_SECONDS,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: aside.arn, maxReceiveCount: RECEIVES_MAX }),
    });
    const allowed = { redrivePermission: "byQueue", sourceQueueArns: [main.arn] };
    await set(client, aside.url, { RedriveAllowPolicy: JSON.stringify(allowed) });
    return { url: main.url, setAsideUrl: aside.url, policy: policyOf(main.arn, aside.arn) };
  } catch (cause) {
    throw new Error(explainSqs(cause, url ?? `https://sqs/${name}`), { cause });
  } finally {
    client.destroy();
  }
}

async function ensure(client: SQSClient, QueueName: string, attributes: Record<string, string>): Promise<{ url: string; arn: string }> {
  const found = await client.send(new GetQueueUrlCommand({ QueueName }), soon()).catch((error: Error) => {
    if (/NonExistentQueue|QueueDoesNotExist/.test(error.name)) return null;
    throw error;
  });
  const url = found?.QueueUrl ?? (await client.send(new CreateQueueCommand({ QueueName, Attributes: attributes }), soon())).QueueUrl!;
  if (found) await set(client, url, attributes);
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }), soon());
  return { url, arn: Attributes!["QueueArn"]! };
}

const set = (client: SQSClient, QueueUrl: string, Attributes: Record<string, string>): Promise<unknown> =>
  client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }), soon());

/** Batches need the same words as single calls. */
const policyOf = (mainArn: string, asideArn: string): object => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "CoolyQueue",
      Effect: "Allow",
      Action: ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
      Resource: mainArn,
    },
    {
      Sid: "CoolyDeadLetterQueue",
      Effect: "Allow",
      Action: ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: asideArn,
    },
  ],
});
