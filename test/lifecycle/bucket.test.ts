/** The whole of Cooly with its media in a bucket: made, looked at, proven, deleted. On real processes. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { root, serverEnvironment, startServer, stopServer, type RunningServer } from "../running-server.ts";
import { useRadosgw } from "../servers/radosgw.ts";
import type { S3Server } from "../servers/s3-server.ts";

let home: string;
let storage: S3Server;
let bucket: string;
let environment: NodeJS.ProcessEnv;
let server: RunningServer;
let bearer: Record<string, string>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "cooly-bucket-"));
  storage = await useRadosgw();
  bucket = await storage.makeBucket();
  const { accessKeyId, secretAccessKey } = storage.credentials;
  environment = { S3_ENDPOINT: storage.endpoint, S3_BUCKET_NAME: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey };
  server = await startServer(home, environment);
  cooly("user", "add", "a@b.co", "--credits", "500", "--json");
  bearer = { authorization: `Bearer ${(cooly("key", "add", "a@b.co", "--json") as { key: string }).key}` };
}, 120_000);
afterAll(async () => {
  await stopServer(server);
  await storage.stop();
  await rm(home, { recursive: true, force: true });
});

function cooly(...words: string[]): unknown {
  const env = { ...serverEnvironment(home), ...environment };
  const ran = spawnSync(process.execPath, [join(root, "apps/cli/src/main.ts"), ...words], { cwd: root, env, encoding: "utf8" });
  if (ran.stderr !== "") throw new Error(ran.stderr);
  return JSON.parse(ran.stdout);
}

const keysThere = async (): Promise<string[]> =>
  ((await storage.client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key: key }) => key!);

test("pictures lie in the bucket, links lead there, the books agree, and what is deleted is gone", async () => {
  const order = { model: "demo/painter", input: { prompt: "a calm sea", size: "512x512" }, outputs: 2 };
  const accepted = await fetch(`${server.url}/v1/generations`, {
    method: "POST",
    body: JSON.stringify(order),
    headers: { ...bearer, "content-type": "application/json" },
  });
  const { id } = (await accepted.json()) as GenerationView;
  const read = async (): Promise<GenerationView> => (await (await fetch(`${server.url}/v1/generations/${id}`, { headers: bearer })).json()) as GenerationView;
  await expect.poll(async () => (await read()).status).toBe("succeeded");
  for (const { url, thumbnail_url: thumbnail, sha256 } of (await read()).outputs) {
    expect(new URL(url!).origin).toBe(storage.endpoint);
    const reply = await fetch(url!);
    expect([reply.status, reply.headers.get("content-type"), reply.headers.get("cache-control")]).toEqual([
      200,
      "image/png",
      "private, max-age=31536000, immutable",
    ]);
    expect(
      createHash("sha256")
        .update(Buffer.from(await reply.arrayBuffer()))
        .digest("hex"),
    ).toBe(sha256);
    expect((await fetch(thumbnail!)).headers.get("content-type")).toBe("image/webp");
    expect((await fetch(url!.split("?")[0]!)).status).toBe(403);
  }
  const page = await fetch(server.url);
  expect(page.headers.get("content-security-policy")).toContain(`img-src 'self' blob: data: https: ${storage.endpoint};`);
  expect(cooly("verify", "--json")).toMatchObject({ violations: [] });
  // The sweeper has said whose it is.
  await expect.poll(keysThere).toContain("cooly.json");
  expect((await keysThere()).filter((key) => key.startsWith("m/"))).toHaveLength(4);
  await fetch(`${server.url}/v1/generations/${id}`, { method: "DELETE", headers: bearer });
  await expect.poll(async () => (await keysThere()).filter((key) => key.startsWith("m/")), { timeout: 60_000 }).toEqual([]);
}, 120_000);
