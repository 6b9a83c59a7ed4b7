import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Log, StoredObject } from "@cooly/engine/ports";

export interface Reach {
  readonly client: S3Client;
  readonly name: string;
}

export interface Bucket extends Reach {
  readonly log: Log;
}

/** What every way in has to know. */
export interface Target {
  readonly key: string;
  readonly mime: string;
  readonly signal: AbortSignal | undefined;
}

/** A key's bytes never change. */
export const CACHED = "private, max-age=31536000, immutable";

export const within = ({ signal }: Pick<Target, "signal">) => signal && { abortSignal: signal };

/** Whatever the server has answered: it has what we have sent. */
export async function confirm({ client, name }: Reach, target: Target, stored: StoredObject): Promise<StoredObject> {
  const found = await client.send(new HeadObjectCommand({ Bucket: name, Key: target.key }), within(target));
  if (found.ContentLength !== stored.sizeBytes) throw new Error(`storage has ${found.ContentLength} bytes of ${stored.sizeBytes}`);
  target.signal?.throwIfAborted();
  return stored;
}
