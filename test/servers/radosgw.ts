/** Ceph's S3 server, for every test file of a run the same one: it takes a quarter of a minute to start. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { inject } from "vitest";
import type { S3Server } from "./s3-server.ts";

const START_MS = 100_000;

/** With a bucket of one's own. */
export async function useRadosgw(): Promise<S3Server> {
  const folder = join(inject("serversFolder"), "radosgw");
  const started = await startOnce(folder);
  return openServer(started);
}

export interface Started {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Whoever makes the folder starts it, in a process that ends it with the run. */
async function startOnce(folder: string): Promise<Started> {
  const ready = join(folder, "ready.json");
  const failed = join(folder, "failed.txt");
  if (makeFolder(folder)) {
    const keeper = spawn(process.execPath, [join(import.meta.dirname, "radosgw-keeper.ts"), folder, String(inject("runnerPid"))], {
      detached: true,
      stdio: "ignore",
    });
    keeper.unref();
  }
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(100)) {
    if (existsSync(ready)) return JSON.parse(readFileSync(ready, "utf8")) as Started;
    if (existsSync(failed)) throw new Error(`radosgw did not start: ${readFileSync(failed, "utf8")}`);
  }
  throw new Error("radosgw did not start in time");
}

function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function openServer({ endpoint, ...credentials }: Started): Promise<S3Server> {
  const client = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  const makeBucket = async (): Promise<string> => {
    const bucket = `test-${randomBytes(6).toString("hex")}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return bucket;
  };
  return { endpoint, region: "us-east-1", credentials, client, makeBucket, stop: async () => client.destroy() };
}
