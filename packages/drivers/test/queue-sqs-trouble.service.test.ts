/** What SQS may answer, how its queues are made, and what keeps us from using them. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { createSqsQueue } from "@cooly/drivers/queue/sqs";
import { examine } from "@cooly/drivers/queue/sqs/examine";
import { setUpSqsQueues } from "@cooly/drivers/queue/sqs/setup";
import { RECEIVES_MAX, type Queue } from "@cooly/engine/ports";
import { freePort } from "../../../test/servers/free-port.ts";
import { credentials, REGION, startSqs, type SqsServer } from "../../../test/servers/sqs.ts";
import { regionOf } from "../src/queue/sqs/client.ts";
import { openAnswerProxy, type AnswerProxy } from "./conformance/answer-proxy.ts";
import { newMessage, newMessages, startConsumer } from "./conformance/consumers.ts";
import { makeQueues, type SqsQueues } from "./conformance/sqs-ground.ts";

const PATIENCE = { timeout: 45_000, interval: 50 };
const undo: (() => unknown)[] = [];
let server: SqsServer;
let proxy: AnswerProxy;

beforeAll(async () => {
  server = await startSqs();
  proxy = await openAnswerProxy(server.endpoint);
});
afterAll(async () => {
  for (const step of undo.toReversed()) await step();
  await proxy.close();
  await server.close();
});

const here = () => ({ endpoint: proxy.url, region: REGION, credentials });
async function open(queues: SqsQueues): Promise<Queue> {
  const queue = await createSqsQueue({ ...queues, ...here() });
  undo.push(() => queue.close());
  return queue;
}
async function begin(options: { bare?: boolean } = {}): Promise<{ queues: SqsQueues; queue: Queue }> {
  const queues = await makeQueues(server, `test-${randomUUID()}`, options);
  return { queues, queue: await open(queues) };
}
/** Refuses the first `count` entries of the next batch of that kind. */
const refuse = (action: string, count: number): Promise<void> =>
  proxy.onNext(action, (answer) => {
    const { Successful = [], Failed = [] } = answer as { Successful?: { Id: string }[]; Failed?: object[] };
    const refused = Successful.slice(0, count).map(({ Id }) => ({ Id, SenderFault: false, Code: "InternalError", Message: "try again" }));
    return { Successful: Successful.slice(count), Failed: [...Failed, ...refused] };
  });

describe("partial failures", { timeout: 60_000 }, () => {
  test("of a send: what was refused is sent again alone, and all of it comes", async () => {
    const { queue } = await begin();
    const sent = newMessages(25);
    const refused = refuse("SendMessageBatch", 3);
    await queue.publish(sent);
    await refused;
    expect(proxy.asked("SendMessage")).toBe(3);
    const consumer = startConsumer(queue);
    await consumer.saw(sent);
    await consumer.stop();
  });

  test("of a send, for good: whoever publishes is told, and publishes again", async () => {
    const { queue } = await begin();
    void refuse("SendMessageBatch", 1);
    void proxy.onNext("SendMessage", () => null);
    void proxy.onNext("SendMessage", () => null);
    void proxy.onNext("SendMessage", () => null);
    await expect(queue.publish(newMessages(2))).rejects.toThrow("SQS did not take all of the messages.");
    const sent = newMessages(2);
    await queue.publish(sent);
    const consumer = startConsumer(queue);
    await consumer.saw(sent);
    await consumer.stop();
  });

  test("of a delete: those that were refused are deleted alone, and come no second time", async () => {
    const { queue } = await begin();
    const before = proxy.asked("DeleteMessage");
    const sent = newMessages(10);
    await queue.publish(sent);
    const refused = refuse("DeleteMessageBatch", 1);
    const consumer = startConsumer(queue, { concurrency: 10 });
    await consumer.saw(sent);
    await refused;
    await vi.waitFor(() => expect(proxy.asked("DeleteMessage")).toBe(before + 1), PATIENCE);
    await consumer.stop();
    expect(consumer.seen).toHaveLength(10);
    expect((await queue.depth()).waiting).toBe(0);
  });

  test("of an extension: the others are still extended", async () => {
    const queues = await makeQueues(server, `test-${randomUUID()}`);
    const queue = await createSqsQueue({ ...queues, ...here(), visibilitySeconds: 3 });
    const sent = newMessages(3);
    await queue.publish(sent);
    const refused = refuse("ChangeMessageVisibilityBatch", 1);
    const released = Promise.withResolvers<void>();
    const consumer = startConsumer(queue, { handle: () => released.promise });
    await consumer.saw(sent);
    await refused;
    await vi.waitFor(() => expect(proxy.asked("ChangeMessageVisibilityBatch")).toBeGreaterThan(4), PATIENCE);
    released.resolve();
    await consumer.stop();
    expect(consumer.seen).toHaveLength(3);
    await queue.close();
  });
});

describe("messages that nobody can handle", { timeout: 90_000 }, () => {
  test.each(["rubbish", '{"outputId":"x","attempt":1}', '"text"', "{}"])("%s is set aside, whole, and keeps nobody", async (body) => {
    const { queues, queue } = await begin();
    const client = server.client();
    await client.send(new SendMessageCommand({ QueueUrl: queues.url, MessageBody: body }));
    client.destroy();
    const consumer = startConsumer(queue);
    const ours = newMessage();
    await queue.publish([ours]);
    await consumer.saw([ours]);
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 1 }), PATIENCE);
    await consumer.stop();
    expect(consumer.seen).toEqual([ours]);
  });

  test("where the queues are not wired, the workers set aside by themselves", async () => {
    const { queue } = await begin({ bare: true });
    const bad = newMessage();
    await queue.publish([bad]);
    const consumer = startConsumer(queue, { handle: () => Promise.reject(new Error("never")) });
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 1 }), PATIENCE);
    await consumer.stop();
    expect(consumer.times(bad)).toBe(RECEIVES_MAX);
  });
});

describe("setting up", { timeout: 60_000 }, () => {
  test("both queues are made and wired, a second time changes nothing, and what is wrong is put right", async () => {
    const name = `made-${randomUUID()}`;
    const wish = { name, setAsideName: `${name}-dlq`, ...here() };
    const made = await setUpSqsQueues(wish);
    expect(await setUpSqsQueues(wish)).toEqual(made);
    const client = server.client();
    const attributes = async (QueueUrl: string) => (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))).Attributes!;
    const [main, aside] = [await attributes(made.url), await attributes(made.setAsideUrl)];
    expect(main).toMatchObject({ VisibilityTimeout: "30", ReceiveMessageWaitTimeSeconds: "5", MessageRetentionPeriod: "1209600" });
    expect(JSON.parse(main["RedrivePolicy"]!)).toEqual({ deadLetterTargetArn: aside["QueueArn"], maxReceiveCount: RECEIVES_MAX });
    expect(aside["MessageRetentionPeriod"]).toBe("1209600");
    await client.send(new SetQueueAttributesCommand({ QueueUrl: made.url, Attributes: { RedrivePolicy: "", VisibilityTimeout: "1" } }));
    await setUpSqsQueues(wish);
    expect(await attributes(made.url)).toMatchObject({ VisibilityTimeout: "30", RedrivePolicy: main["RedrivePolicy"] });
    client.destroy();
    const findings = await examine({ ...made, ...here() });
    expect(findings.map(({ code, level }) => `${code} ${level}`)).toEqual(["queue.reachable good", "queue.dead_letters good", "queue.permission good"]);
    const queue = await open(made);
    expect(await queue.depth()).toEqual({ waiting: 0, oldestSeconds: null, setAside: 0 });
  });

  test("the policy has what the driver calls, and only on these queues", async () => {
    const name = `made-${randomUUID()}`;
    const { policy, ...queues } = await setUpSqsQueues({ name, setAsideName: `${name}-dlq`, ...here() });
    const { Statement } = policy as { Statement: { Action: string[]; Resource: string }[] };
    expect(Statement.map(({ Resource }) => Resource.split(":").at(-1))).toEqual([name, `${name}-dlq`]);
    const own = await openAnswerProxy(server.endpoint);
    undo.push(() => own.close());
    const queue = await createSqsQueue({ ...queues, ...here(), endpoint: own.url });
    let failures = 1;
    const handle = async (): Promise<void> => {
      if ((failures -= 1) >= 0) throw new Error("not yet");
    };
    const client = server.client();
    await client.send(new SendMessageCommand({ QueueUrl: queues.url, MessageBody: "rubbish" }));
    client.destroy();
    const consumer = startConsumer(queue, { handle });
    const sent = newMessage();
    await queue.publish([sent]);
    await vi.waitFor(() => expect(consumer.times(sent)).toBe(2), PATIENCE);
    await vi.waitFor(async () => expect((await queue.depth()).setAside).toBe(1), PATIENCE);
    await consumer.stop();
    expect(await queue.redrive()).toBe(1);
    await queue.close();
    const allowed = new Set(Statement.flatMap(({ Action }) => Action.map((action) => action.replace("sqs:", ""))));
    const called = new Set(own.actions().map((action) => action.replace("Batch", "")));
    expect([...called].toSorted()).toEqual([...allowed].toSorted());
  });

  test("a FIFO queue is refused with a sentence", async () => {
    const client = server.client();
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: `f-${randomUUID()}.fifo`, Attributes: { FifoQueue: "true" } }));
    client.destroy();
    const queues = await makeQueues(server, `test-${randomUUID()}`);
    await expect(open({ ...queues, url: QueueUrl! })).rejects.toThrow("make a standard queue");
    expect(await examine({ ...queues, url: QueueUrl!, ...here() })).toMatchObject([{ code: "queue.fifo", level: "failure" }]);
    await expect(setUpSqsQueues({ name: "a.fifo", setAsideName: "b", ...here() })).rejects.toThrow("FIFO");
  });
});

describe("what examine finds", { timeout: 60_000 }, () => {
  const find = async (queues: SqsQueues, more: object = {}) => examine({ ...queues, ...here(), ...more });

  test("queues that are not wired, wired elsewhere, or wired to give up at once", async () => {
    const bare = await makeQueues(server, `test-${randomUUID()}`, { bare: true });
    expect(await find(bare)).toContainEqual(expect.objectContaining({ code: "queue.dead_letters", level: "warning" }));
    const [one, other] = [await makeQueues(server, `test-${randomUUID()}`), await makeQueues(server, `test-${randomUUID()}`)];
    expect(await find({ url: one.url, setAsideUrl: other.setAsideUrl })).toContainEqual(
      expect.objectContaining({ code: "queue.dead_letters", level: "warning", says: expect.stringContaining("another queue") as string }),
    );
    const client = server.client();
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: one.url, AttributeNames: ["RedrivePolicy"] }));
    const policy = { ...(JSON.parse(Attributes!["RedrivePolicy"]!) as object), maxReceiveCount: 1 };
    await client.send(new SetQueueAttributesCommand({ QueueUrl: one.url, Attributes: { RedrivePolicy: JSON.stringify(policy), DelaySeconds: "60" } }));
    client.destroy();
    const findings = await find(one);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: "queue.dead_letters", level: "warning", says: expect.stringContaining("after 1 tries") as string }),
    );
    expect(findings).toContainEqual(expect.objectContaining({ code: "queue.delay", level: "warning" }));
  });

  test("queues that are not there, another region, and nobody at all", async () => {
    const { url, setAsideUrl } = await makeQueues(server, `test-${randomUUID()}`);
    expect(await find({ url, setAsideUrl: `${setAsideUrl}-gone` })).toMatchObject([{ code: "queue.missing", level: "failure" }]);
    await expect(open({ url: `${url}-gone`, setAsideUrl })).rejects.toThrow("cooly queue setup");
    const real = { url: "https://sqs.eu-central-1.amazonaws.com/1/cooly", setAsideUrl: "https://sqs.eu-central-1.amazonaws.com/1/cooly-dlq" };
    expect(await find(real, { region: "us-west-2" })).toMatchObject([{ code: "queue.region", level: "failure" }]);
    expect(await find({ url, setAsideUrl }, { endpoint: `http://127.0.0.1:${await freePort()}` })).toContainEqual(
      expect.objectContaining({ code: "queue.unreachable", level: "failure" }),
    );
  });

  test.each([
    ["AccessDenied", "queue.permission"],
    ["InvalidClientTokenId", "queue.credentials"],
    ["SignatureDoesNotMatch", "queue.credentials"],
  ])("%s is told as %s", async (type, code) => {
    const queues = await makeQueues(server, `test-${randomUUID()}`);
    for (const _ of [1, 2]) void proxy.onNext("GetQueueAttributes", () => ({ __type: `com.amazonaws.sqs#${type}`, message: "no" }), 403);
    expect(await find(queues)).toContainEqual(expect.objectContaining({ code, level: "failure" }));
  });

  test("one call that is not allowed", async () => {
    const queues = await makeQueues(server, `test-${randomUUID()}`);
    void proxy.onNext("ChangeMessageVisibility", () => ({ __type: "com.amazonaws.sqs#AccessDenied", message: "no" }), 403);
    expect(await find(queues)).toContainEqual(
      expect.objectContaining({ code: "queue.permission", level: "failure", says: "These credentials may not sqs:ChangeMessageVisibility." }),
    );
  });

  test("an examination leaves the live queues as they are", async () => {
    const { queues, queue } = await begin();
    await queue.publish(newMessages(2));
    await find(queues);
    expect(await queue.depth()).toEqual({ waiting: 2, oldestSeconds: null, setAside: 0 });
  });

  test("the region is read from the queue's address", () => {
    expect(regionOf("https://sqs.eu-central-1.amazonaws.com/1/a")).toBe("eu-central-1");
    expect(regionOf("https://sqs.cn-north-1.amazonaws.com.cn/1/a")).toBe("cn-north-1");
    expect(regionOf("https://sqs-fips.us-gov-west-1.amazonaws.com/1/a")).toBe("us-gov-west-1");
    expect(regionOf("https://eu-west-1.queue.amazonaws.com/1/a")).toBe("eu-west-1");
    expect(regionOf("http://127.0.0.1:4566/000000000000/a")).toBeNull();
  });
});
