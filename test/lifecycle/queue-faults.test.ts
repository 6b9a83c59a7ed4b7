/** Two thousand generations over brokers that forget, restart, lose and double: what was accepted is made once and charged once. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { makeQueues } from "../../packages/drivers/test/conformance/sqs-ground.ts";
import { openHttpFaultProxy, type Asked, type Treatment } from "../rig/http-fault-proxy.ts";
import { openInstallation, type Installation } from "../rig/installation.ts";
import { credentials, REGION, startSqs } from "../servers/sqs.ts";
import { startRedis } from "../servers/redis.ts";

const GENERATIONS = 2_000;
const PRICE = 2;
const ROUNDS = 10;
const RUN_MS = 180_000;
/** Of the issue: everything has a verdict so soon after the last fault. */
const AFTER_MS = 30_000;
/** Two of the API, three workers, and the rest: as somebody runs it who wants no single process to matter. */
const crew = [["api"], ["api"], ["relay"], ["gen"], ["gen"], ["gen"], ["capture", "sweeper"]] as const;

const toClose: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of toClose.splice(0).toReversed()) await one.close();
});

const chance = (share: number): boolean => Math.random() < share;

async function open(environment: NodeJS.ProcessEnv): Promise<Installation> {
  const installation = await openInstallation({ environment });
  toClose.push(installation);
  await installation.start(crew);
  await installation.welcome(GENERATIONS * PRICE);
  return installation;
}

/** Faults go on for as long as there is much to do: so they meet every stage of it. */
async function untilSettled(installation: Installation, outputs: number): Promise<void> {
  const settled = async (): Promise<number> =>
    (await installation.pool.query<{ n: number }>("select count(*)::int as n from outputs where settled_at is not null")).rows[0]!.n;
  await expect.poll(settled, { timeout: RUN_MS, interval: 100 }).toBeGreaterThanOrEqual(outputs);
}

/** Everything is made, charged once, and proven against the provider's own log. */
async function expectAllMade(installation: Installation, ordering: Promise<readonly string[]>): Promise<void> {
  const lastFaultMs = performance.now();
  const ids = await ordering;
  await expect.poll(() => installation.unsettled(), { timeout: AFTER_MS - (performance.now() - lastFaultMs), interval: 250 }).toBe(0);
  expect(new Set(ids).size).toBe(GENERATIONS);
  const { rows } = await installation.pool.query("select status, count(*)::int as count from generations group by status");
  expect(rows).toEqual([{ status: "succeeded", count: GENERATIONS }]);
  expect((await installation.call("/v1/credits")).body).toMatchObject({ available: 0, held: 0, spent: GENERATIONS * PRICE });
  const verified = await installation.house.later(["verify", "--provider-log", installation.witness, "--json"]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ violations: [], checked: { provider_outputs: GENERATIONS } });
}

test("on BullMQ, while Redis is flushed and restarted ten times", async () => {
  const redis = await startRedis();
  toClose.push(redis);
  const installation = await open({ QUEUE_DRIVER: "bullmq", REDIS_URL: redis.url });
  const ordering = installation.order(GENERATIONS);
  for (let round = 1; round <= ROUNDS; round += 1) {
    await untilSettled(installation, (GENERATIONS * round) / (ROUNDS + 1));
    const admin = redis.client();
    await admin.flushall();
    admin.disconnect();
    await redis.stop();
    await sleep(200);
    await redis.start();
  }
  await expectAllMade(installation, ordering);
}, 300_000);

/** A call in twenty is lost, before or after the server heard it; another is made twice; many are late. */
function badLine(): Treatment {
  const treatment: Treatment = { delayMs: chance(0.2) ? Math.random() * 200 : 0 };
  if (chance(0.05)) return { ...treatment, drop: chance(0.5) ? "before" : "after" };
  return { ...treatment, twice: chance(0.05) };
}

test("on SQS, over a line that loses, doubles and delays", async () => {
  const sqs = await startSqs();
  toClose.push(sqs);
  await makeQueues(sqs, "cooly");
  let treat: (asked: Asked) => Treatment = () => ({});
  const line = await openHttpFaultProxy(
    () => sqs.endpoint,
    (asked) => treat(asked),
  );
  toClose.push(line);
  const queueUrl = (name: string): string => `${line.url}/000000000000/${name}`;
  const installation = await open({
    QUEUE_DRIVER: "sqs",
    SQS_ENDPOINT: line.url,
    SQS_MAIN_QUEUE_URL: queueUrl("cooly"),
    SQS_DLQ_QUEUE_URL: queueUrl("cooly-dlq"),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  treat = badLine;
  const ordering = installation.order(GENERATIONS);
  await untilSettled(installation, (GENERATIONS * ROUNDS) / (ROUNDS + 1));
  treat = () => ({});
  await expectAllMade(installation, ordering);
  expect(line.counts.dropped).toBeGreaterThan(20);
  expect(line.counts.doubled).toBeGreaterThan(20);
}, 300_000);
