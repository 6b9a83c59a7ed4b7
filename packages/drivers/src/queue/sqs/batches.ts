/** SQS takes ten of anything in one call, and may refuse some of them. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type BatchResultErrorEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { soon } from "./client.ts";

export const BATCH_MAX = 10;
/** Calls in flight at once. */
const LANES = 8;

export interface Place {
  readonly client: SQSClient;
  readonly url: string;
}

const refusedOf = <Item>(items: readonly Item[], failed: readonly BatchResultErrorEntry[] | undefined): Item[] =>
  (failed ?? []).flatMap(({ Id }) => items[Number(Id)] ?? []);

/** Rejects if some were not taken in the end; the others are. */
export async function send({ client, url: QueueUrl }: Place, bodies: readonly string[]): Promise<void> {
  await inBatches(bodies, async (batch) => {
    const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }), soon());
    for (const MessageBody of refusedOf(batch, Failed)) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }), soon());
  });
}

/** One that is refused is asked for once more, alone; then it comes again, to an output that has moved on. */
export async function remove({ client, url: QueueUrl }: Place, receipts: readonly string[]): Promise<void> {
  await inBatches(receipts, async (batch) => {
    const Entries = batch.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
    const { Failed } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), soon());
    for (const ReceiptHandle of refusedOf(batch, Failed))
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }), soon()).catch(() => undefined);
  });
}

export interface Hiding {
  readonly receipt: string;
  readonly seconds: number;
}

/** Hides each for so long, from now. One that is refused is visible when its time is up. */
export async function hide({ client, url: QueueUrl }: Place, hidings: readonly Hiding[]): Promise<void> {
  await inBatches(hidings, async (batch) => {
    const Entries = batch.map(({ receipt, seconds }, index) => ({ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: seconds }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), soon());
  });
}

async function inBatches<Item>(items: readonly Item[], act: (batch: readonly Item[]) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const from = next;
      next += BATCH_MAX;
      await act(items.slice(from, from + BATCH_MAX));
    }
  };
  const failed = (await Promise.allSettled(Array.from({ length: LANES }, lane))).find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}
