import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { BATCH_MAX, remove, send, type Place } from "./batches.ts";
import { soon } from "./client.ts";

const HIDDEN_SECONDS = 30;
/** One answer without messages may come from a part of SQS that has none. */
const EMPTY_MAX = 3;

/** Message by message, which works with every server that speaks SQS. First it is sent there, then it goes here. */
export async function redrive({ main, aside }: { main: Place; aside: Place }, count: number): Promise<number> {
  let moved = 0;
  let empty = 0;
  // No more than there were at first: what is set aside meanwhile may be the same again.
  while (moved < count && empty < EMPTY_MAX) {
    const { Messages = [] } = await aside.client.send(
      new ReceiveMessageCommand({
        QueueUrl: aside.url,
        MaxNumberOfMessages: Math.min(BATCH_MAX, count - moved),
        WaitTimeSeconds: 1,
        VisibilityTimeout: HIDDEN_SECONDS,
      }),
      soon(),
    );
    empty = Messages.length === 0 ? empty + 1 : 0;
    if (Messages.length === 0) continue;
    await send(
      main,
      Messages.map(({ Body }) => Body ?? ""),
    );
    await remove(
      aside,
      Messages.map(({ ReceiptHandle }) => ReceiptHandle!),
    );
    moved += Messages.length;
  }
  return moved;
}
