/** Row 35: fifty uploads of the largest size at once, through a real API process that stores them in a folder. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scopes, UPLOAD_MAX_BYTES, type UploadView } from "@cooly/contract";
import { createApiKey, openDatabase } from "@cooly/engine";
import { freePort } from "../../../../test/servers/free-port.ts";
import { freshDatabase } from "../../../../test/postgres.ts";
import { inherited, root } from "../../../../test/running-server.ts";
import { frugal } from "../../../../tools/frugal.mjs";

const MIB = 1024 * 1024;
const UPLOADS = 50;
const WARM_UP = 8;

let home: string;
let api: ChildProcess;
let url: string;
let headers: Record<string, string>;
let drop: () => Promise<void>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cooly-uploads-memory-"));
  const database = await freshDatabase();
  drop = database.drop;
  const db = openDatabase({ connectionString: database.url, max: 1 });
  const accountId = randomUUID();
  await db.pool.query("insert into accounts (id, name) values ($1, 'test')", [accountId]);
  const { key } = await createApiKey(db, { accountId, name: "test", scopes, expiresAt: null });
  headers = { authorization: `Bearer ${key}` };
  await db.close();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = {
    ...inherited,
    ...frugal,
    NODE_ENV: "production",
    COOLY_HOME: home,
    DATABASE_URL: database.url,
    AUTH_SECRET: "s".repeat(40),
    PUBLIC_URL: url,
    PORT: String(port),
  };
  api = spawn(process.execPath, ["apps/server/src/main.ts", "serve", "--roles", "api"], { cwd: root, env, stdio: "ignore" });
  for (let ready = false; !ready; await sleep(100))
    ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
}, 120_000);
afterAll(async () => {
  const ended = new Promise((resolve) => api.once("exit", resolve));
  api.kill("SIGTERM");
  await ended;
  await drop();
  await rm(home, { recursive: true, force: true });
});

/** In bytes; the most since it was forgotten. */
const mostBytes = async (): Promise<number> => Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${api.pid}/status`, "utf8"))![1]) * 1024;
const forget = (): Promise<void> => writeFile(`/proc/${api.pid}/clear_refs`, "5");

async function give(bytes: Uint8Array): Promise<UploadView> {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, ...init });
  const announced = (await (await ask("/v1/uploads", { body: JSON.stringify({ mime: "image/jpeg", bytes: bytes.length }) })).json()) as UploadView;
  const stored = await fetch(announced.put!.url, { method: "PUT", headers: announced.put!.headers, body: bytes as unknown as string });
  expect(stored.status).toBe(201);
  const reply = await fetch(`${url}/v1/uploads/${announced.id}/confirm`, { method: "POST", headers });
  const body = (await reply.json()) as UploadView;
  expect(reply.status, JSON.stringify(body)).toBe(200);
  return body;
}

test("the API grows by no more than 64 MiB", { timeout: 400_000 }, async () => {
  const picture = await sharp({ create: { width: 2800, height: 2800, channels: 3, background: "#888", noise: { type: "gaussian", mean: 128, sigma: 20 } } })
    .jpeg({ quality: 60 })
    .toBuffer();
  // What comes after its end is no part of a picture, and fills the file up to the largest that is taken.
  const filled = (): Buffer => Buffer.concat([picture, randomBytes(64), Buffer.alloc(UPLOAD_MAX_BYTES - picture.length - 64)]);
  // An engine that has been idle has little room for what is short-lived: some traffic makes it take more, and it keeps that.
  await Promise.all(Array.from({ length: WARM_UP }, () => give(filled())));
  await forget();
  const before = await mostBytes();
  const ready = await Promise.all(Array.from({ length: UPLOADS }, () => give(filled())));
  const grown = (await mostBytes()) - before;
  expect(ready.every(({ status, width }) => status === "ready" && width === 2800)).toBe(true);
  expect(grown, `from ${Math.round(before / MIB)} MiB`).toBeLessThan(64 * MIB);
});
