/** Another queue is a matter of configuration: with work in flight, from Redis to SQS to PostgreSQL. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeQueues } from "../../packages/drivers/test/conformance/sqs-ground.ts";
import { openInstallation, type Installation } from "../rig/installation.ts";
import { startRedis, type RedisServer } from "../servers/redis.ts";
import { credentials, REGION, startSqs, type SqsServer } from "../servers/sqs.ts";

const GENERATIONS = 500;
const PRICE = 2;
const crew = [["api"], ["relay", "capture", "sweeper"], ["gen"], ["gen"]] as const;

let redis: RedisServer;
let sqs: SqsServer;
let installation: Installation;

beforeAll(async () => {
  [redis, sqs] = await Promise.all([startRedis(), startSqs()]);
  await makeQueues(sqs, "cooly");
  // Each takes a moment, so that many are in flight whenever everything stops.
  installation = await openInstallation({ latencyMs: [2_000, 6_000] });
}, 120_000);
afterAll(async () => {
  await installation.close();
  await redis.close();
  await sqs.close();
});

test("five hundred in flight on BullMQ, everything stops, goes on on SQS, then on PostgreSQL: all end, each charged once", async () => {
  await installation.start(crew, { QUEUE_DRIVER: "bullmq", REDIS_URL: redis.url });
  await installation.welcome(GENERATIONS * PRICE);
  const ids = await installation.order(GENERATIONS);
  expect(await installation.unsettled()).toBeGreaterThan(GENERATIONS / 2);
  await installation.stop();

  const atFirst = await installation.unsettled();
  await installation.start(crew, {
    QUEUE_DRIVER: "sqs",
    SQS_ENDPOINT: sqs.endpoint,
    SQS_MAIN_QUEUE_URL: `${sqs.endpoint}/000000000000/cooly`,
    SQS_DLQ_QUEUE_URL: `${sqs.endpoint}/000000000000/cooly-dlq`,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  await expect.poll(() => installation.unsettled(), { timeout: 60_000, interval: 100 }).toBeLessThan(atFirst * 0.7);
  await installation.stop();

  expect(await installation.unsettled()).toBeGreaterThan(0);
  await installation.start(crew, { QUEUE_DRIVER: "postgres" });
  await expect.poll(() => installation.unsettled(), { timeout: 90_000, interval: 250 }).toBe(0);

  expect(new Set(ids).size).toBe(GENERATIONS);
  const { rows } = await installation.pool.query("select status, count(*)::int as count from generations group by status");
  expect(rows).toEqual([{ status: "succeeded", count: GENERATIONS }]);
  expect((await installation.call("/v1/credits")).body).toMatchObject({ available: 0, held: 0, spent: GENERATIONS * PRICE });
  const verified = await installation.house.later(["verify", "--provider-log", installation.witness, "--json"]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ violations: [], checked: { provider_outputs: GENERATIONS } });
}, 240_000);
