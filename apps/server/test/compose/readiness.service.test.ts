import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBullmqQueue } from "@cooly/drivers/queue/bullmq";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { openDatabase, type Database, type Doorbell } from "@cooly/engine";
import type { Queue } from "@cooly/engine/ports";
import { freshDatabase } from "../../../../test/postgres.ts";
import { startRedis, type RedisServer } from "../../../../test/servers/redis.ts";
import { createReadiness } from "../../src/compose/readiness.ts";

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
let redis: RedisServer;
let queue: Queue;
let folder: string;

beforeAll(async () => {
  [database, redis, folder] = await Promise.all([freshDatabase(), startRedis(), mkdtemp(join(tmpdir(), "cooly-ready-"))]);
  db = openDatabase({ connectionString: database.url, max: 2 });
  queue = await createBullmqQueue({ url: redis.url, prefix: "ready" });
});
afterAll(async () => {
  await queue.close();
  await redis.close();
  await db.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test("each role is ready when what it needs is there: without Redis a worker is not, and an API is", async () => {
  const store = createFilesystemStore({ directory: folder, publicUrl: "http://localhost", secret: "x".repeat(32) });
  const parts = { db, doorbell: { listening: () => true } as Doorbell, queue: { ...queue, open: async () => undefined }, store };
  const ready = (...roles: Parameters<typeof createReadiness>[1]) => createReadiness(parts, roles)();
  expect(await ready("gen")).toMatchObject({ database: { status: "up" }, queue: { status: "up" }, storage: { status: "up" }, "role:gen": { status: "up" } });
  await redis.stop();
  await expect.poll(async () => (await ready("relay"))["queue"]).toMatchObject({ status: "down" });
  expect(await ready("api")).not.toHaveProperty("queue");
  expect(Object.values(await ready("api")).every(({ status }) => status === "up")).toBe(true);
  await redis.start();
  await expect.poll(async () => (await ready("relay"))["queue"]).toMatchObject({ status: "up" });
}, 60_000);
