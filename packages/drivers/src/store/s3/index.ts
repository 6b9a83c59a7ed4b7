import { HeadObjectCommand, paginateListObjectsV2, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { ObjectStore } from "@cooly/engine/ports";
import { checkKey } from "../keys.ts";
import type { Bucket } from "./bucket.ts";
import { abortUploads } from "./clearing.ts";
import { createClient } from "./client.ts";
import { createLinks } from "./links.ts";
import type { S3Credentials, S3StoreOptions } from "./options.ts";
import { openObject } from "./read.ts";
import { createRemove } from "./remove.ts";
import { absent, nameOf, statusOf } from "./trouble.ts";
import { createUpload } from "./upload.ts";

export type { S3Credentials, S3StoreOptions } from "./options.ts";

export type S3Store = ObjectStore & { close(): void };

const RENEW_MS = 60_000;

/** Objects in a bucket of anything that speaks S3. Rejects where there are no credentials; asks the bucket nothing. */
export async function createS3Store(options: S3StoreOptions): Promise<S3Store> {
  const client = createClient(options);
  const bucket: Bucket = { client, name: options.bucket, log: options.log };
  const credentials = await keepCredentials(client, options);
  return {
    put: createUpload(bucket),
    open: (key, range) => openObject(bucket, checkKey(key), range),
    stat: (key) => stat(bucket, key),
    remove: createRemove(bucket),
    create: (key, body, mime) => create(bucket, key, { body, mime }),
    async *list(prefix) {
      for await (const { Contents: found = [] } of paginateListObjectsV2({ client }, { Bucket: bucket.name, Prefix: prefix })) {
        for (const { Key: key, Size: sizeBytes, LastModified: modifiedAt } of found) {
          if (key !== undefined && sizeBytes !== undefined && modifiedAt !== undefined) yield { key, sizeBytes, modifiedAt };
        }
      }
    },
    abandonUploads: (prefix, before) => abortUploads(bucket, { prefix, before }),
    ...createLinks(options, credentials.current),
    close() {
      credentials.close();
      client.destroy();
    },
  };
}

async function stat({ client, name }: Bucket, key: string): Promise<{ sizeBytes: number } | null> {
  const found = await client.send(new HeadObjectCommand({ Bucket: name, Key: checkKey(key) })).catch(absent);
  if (!found) return null;
  if (found.ContentLength === undefined) throw new Error("the server does not say how large the object is");
  return { sizeBytes: found.ContentLength };
}

// Some servers overwrite in spite of the condition, some do not know it: so it is looked at before, too.
async function create(bucket: Bucket, key: string, { body, mime }: { body: Uint8Array; mime: string }): Promise<boolean> {
  if (await stat(bucket, key)) return false;
  const put = (IfNoneMatch?: string) =>
    bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: body, ContentLength: body.length, ContentType: mime, IfNoneMatch }));
  try {
    await put("*");
    return true;
  } catch (error) {
    if (statusOf(error) === 412) return false;
    if (nameOf(error) !== "NotImplemented" && statusOf(error) !== 501) throw error;
    await put();
    return true;
  }
}

interface Kept {
  readonly current: () => S3Credentials;
  close(): void;
}

/** Links are made at once, so what signs them is at hand; where it is lent for a time, it is renewed before it ends. */
async function keepCredentials(client: S3Client, { credentials, bucket }: S3StoreOptions): Promise<Kept> {
  if (credentials) return { current: () => credentials, close() {} };
  let current: S3Credentials = await client.config.credentials().catch((cause: unknown) => {
    throw new Error(`there are no credentials for the bucket ${bucket}: set them, or give this machine a role`, { cause });
  });
  const renew = async (): Promise<void> => {
    current = await client.config.credentials();
  };
  // A renewal that fails comes again; until then the old ones serve.
  const pace = setInterval(() => void renew().catch(() => undefined), RENEW_MS).unref();
  return { current: () => current, close: () => clearInterval(pace) };
}
