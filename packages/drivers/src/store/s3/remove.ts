import { DeleteObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import type { Reach } from "./bucket.ts";
import { nameOf, statusOf } from "./trouble.ts";

// S3 refuses more in one request.
const BATCH_MAX = 1000;
const TOGETHER = 8;
// Of servers that do not have it, or want a checksum that nobody sends any more.
const REFUSALS = [400, 405, 411, 501];

export function createRemove(reach: Reach): (keys: readonly string[]) => Promise<void> {
  const { client, name } = reach;
  let inBatches = true;

  /** Answers what is left to be deleted one by one. */
  async function removeBatch(keys: readonly string[]): Promise<readonly string[]> {
    if (!inBatches || keys.length === 1) return keys;
    try {
      const { Errors: errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true } }),
      );
      return errors.flatMap(({ Key: key, Code: code }) => (key === undefined || code === "NoSuchKey" ? [] : [key]));
    } catch (error) {
      if (!REFUSALS.includes(statusOf(error)) || nameOf(error) === "ExpiredToken") throw error;
      inBatches = false;
      return keys;
    }
  }

  return async (keys) => {
    for (let at = 0; at < keys.length; at += BATCH_MAX) {
      const left = await removeBatch(keys.slice(at, at + BATCH_MAX));
      for (let from = 0; from < left.length; from += TOGETHER) await Promise.all(left.slice(from, from + TOGETHER).map((key) => removeOne(reach, key)));
    }
  };
}

async function removeOne({ client, name }: Reach, key: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket: name, Key: key })).catch((error: unknown) => {
    if (statusOf(error) !== 404 || nameOf(error) === "NoSuchBucket") throw error;
  });
}
