import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { Queue } from "@cooly/engine/ports";
import { send, type Place } from "./batches.ts";
import { explainSqs, isFifo, openClient, SAY_FIFO, soon, type SqsQueueOptions } from "./client.ts";
import { consume } from "./consume.ts";
import { redrive } from "./redrive.ts";

export type { SqsPlace, SqsQueueOptions } from "./client.ts";

/** A standard queue of SQS and its dead letter queue. Rejects with one sentence where one of them cannot be used. */
export async function createSqsQueue(options: SqsQueueOptions): Promise<Queue> {
  const { url, setAsideUrl, log } = options;
  if (isFifo(url)) throw new Error(SAY_FIFO);
  const [client, poller] = [openClient(url, options), openClient(url, options, 1)];
  const end = (): void => {
    client.destroy();
    poller.destroy();
  };
  const main: Place = { client, url };
  const aside: Place = { client, url: setAsideUrl };
  const queue: Queue = {
    async publish(messages) {
      const bodies = messages.map(({ outputId, attempt }) => JSON.stringify({ outputId, attempt }));
      await send(main, bodies).catch((cause: unknown) => {
        throw new Error("SQS did not take all of the messages.", { cause });
      });
    },
    consume: (handle, consumption) => consume(handle, { ...consumption, poller, main, aside, log, visibilitySeconds: options.visibilitySeconds }),
    async depth() {
      const [waiting, setAside] = await Promise.all([countOf(main), countOf(aside)]);
      return { waiting, oldestSeconds: null, setAside };
    },
    redrive: async () => redrive({ main, aside }, await countOf(aside)),
    close: async () => end(),
  };
  try {
    await queue.depth();
  } catch (error) {
    end();
    throw error;
  }
  return queue;
}

async function countOf({ client, url }: Place): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["ApproximateNumberOfMessages"] });
  const { Attributes } = await client.send(command, soon()).catch((cause: unknown) => {
    throw new Error(explainSqs(cause, url), { cause });
  });
  return Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0);
}
