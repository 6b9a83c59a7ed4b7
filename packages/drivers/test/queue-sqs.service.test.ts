import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { startSqs, type SqsServer } from "../../../test/servers/sqs.ts";
import { queueConformance } from "./conformance/queue.ts";
import { openSqsGround } from "./conformance/sqs-ground.ts";

let server: SqsServer;
beforeAll(async () => {
  server = await startSqs();
});
afterAll(() => server.close());

queueConformance("sqs", (seconds) => openSqsGround(server, `test-${randomUUID()}`, seconds));
