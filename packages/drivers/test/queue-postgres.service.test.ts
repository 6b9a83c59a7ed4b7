import pg from "pg";
import { afterAll } from "vitest";
import { freshDatabase } from "../../../test/postgres.ts";
import { createLine } from "./conformance/line.ts";
import type { QueueGround } from "./conformance/ground.ts";
import { queueConformance } from "./conformance/queue.ts";

const undo: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const step of undo.toReversed()) await step();
});

async function openGround(seconds: number): Promise<QueueGround> {
  const database = await freshDatabase();
  const url = new URL(database.url);
  const line = await createLine(Number(url.port || 5432));
  const admin = new pg.Pool({ connectionString: database.url, max: 1 });
  admin.on("error", () => undefined);
  undo.push(() => database.drop());
  url.host = `127.0.0.1:${line.port}`;
  return line.ground({
    address: { driver: "postgres", url: url.href, seconds },
    raw: async () => (await admin.query("select * from queue_messages")).rows.map((row) => JSON.stringify(row)),
    // A crash takes along what an unlogged table held, and every connection.
    async restart() {
      line.proxy.reset();
      await admin.query("truncate queue_messages");
    },
    close: () => admin.end(),
  });
}

queueConformance("postgres", openGround);
