import { expect, test } from "vitest";
import { roles } from "@cooly/topology";
import { readConfiguration } from "../../src/compose/configuration.ts";
import { chooseQueue, queueProblems } from "../../src/compose/queue.ts";

const read = (environment: NodeJS.ProcessEnv) => readConfiguration(environment, { roles, envFile: "/nowhere/.env" }).configuration;
const redis = { REDIS_URL: "redis://127.0.0.1:6379" };
const sqs = { SQS_MAIN_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/1/cooly", SQS_DLQ_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/1/cooly-dlq" };

test.each([
  ["postgres", {}],
  ["bullmq", redis],
  ["sqs", sqs],
  ["sqs", { ...redis, ...sqs }],
  ["postgres", { ...redis, ...sqs, QUEUE_DRIVER: "postgres" }],
] as const)("the queue is %s where the environment holds %o", (driver, environment) => {
  expect(chooseQueue(read(environment))).toBe(driver);
});

test("what a named driver lacks is a sentence each", () => {
  expect(queueProblems(read({ QUEUE_DRIVER: "bullmq" }))).toEqual([expect.stringMatching(/^REDIS_URL is required where the queue is bullmq/)]);
  expect(queueProblems(read({ QUEUE_DRIVER: "sqs", AWS_ACCESS_KEY_ID: "AKIA" }))).toHaveLength(3);
  expect(queueProblems(read(sqs))).toEqual([]);
});
