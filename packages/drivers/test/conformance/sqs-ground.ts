import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { RECEIVES_MAX } from "@cooly/engine/ports";
import type { SqsServer } from "../../../../test/servers/sqs.ts";
import type { QueueGround } from "./ground.ts";
import { createLine } from "./line.ts";

export interface SqsQueues {
  readonly url: string;
  readonly setAsideUrl: string;
}

/** Both queues, as `cooly queue setup` makes them; `bare`: with no policy between them. */
export async function makeQueues(server: SqsServer, name: string, { bare = false } = {}): Promise<SqsQueues> {
  const client = server.client();
  const { QueueUrl: setAsideUrl } = await client.send(new CreateQueueCommand({ QueueName: `${name}-dlq` }));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: setAsideUrl, AttributeNames: ["QueueArn"] }));
  const policy = JSON.stringify({ deadLetterTargetArn: Attributes!["QueueArn"], maxReceiveCount: RECEIVES_MAX });
  const { QueueUrl: url } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: bare ? {} : { RedrivePolicy: policy } }));
  client.destroy();
  return { url: url!, setAsideUrl: setAsideUrl! };
}

interface Inspected {
  readonly messages: { readonly ready: readonly { readonly body: string }[] };
}

export async function openSqsGround(server: SqsServer, name: string, seconds: number): Promise<QueueGround> {
  const queues = await makeQueues(server, name);
  const line = await createLine(server.port);
  return line.ground({
    address: { driver: "sqs", ...queues, endpoint: `http://127.0.0.1:${line.port}`, seconds },
    async raw() {
      const reply = await fetch(`${server.endpoint}/_fauxqs/queues/${name}`);
      return ((await reply.json()) as Inspected).messages.ready.map(({ body }) => body);
    },
    async restart() {
      await server.stop("SIGKILL");
      await server.start();
    },
    close: async () => undefined,
  });
}
