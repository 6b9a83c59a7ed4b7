import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { startRedis, type RedisServer } from "../../../test/servers/redis.ts";
import type { QueueGround } from "./conformance/ground.ts";
import { createLine } from "./conformance/line.ts";
import { queueConformance } from "./conformance/queue.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

async function openGround(seconds: number): Promise<QueueGround> {
  const prefix = `test-${randomUUID()}`;
  const line = await createLine(server.port);
  return line.ground({
    address: { driver: "bullmq", url: `redis://127.0.0.1:${line.port}`, prefix, seconds },
    async raw() {
      const client = server.client();
      const ids = await client.lrange(`${prefix}:outputs:wait`, 0, -1);
      const jobs = await Promise.all(ids.map((id) => client.hgetall(`${prefix}:outputs:${id}`)));
      client.disconnect();
      return jobs.map((job) => JSON.stringify(job));
    },
    async restart() {
      await server.stop("SIGKILL");
      await server.start();
    },
    close: async () => undefined,
  });
}

queueConformance("bullmq", openGround);
