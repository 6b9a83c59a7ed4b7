/** A body of unknown or great length, in parts: few at once, each tried again by itself. */
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand, type CompletedPart } from "@aws-sdk/client-s3";
import type { StoredObject } from "@cooly/engine/ports";
import type { Intake } from "../intake.ts";
import { CACHED, confirm, within, type Bucket, type Target } from "./bucket.ts";
import type { Clearing } from "./clearing.ts";
import type { createParts, Part } from "./parts.ts";

const IN_FLIGHT_MAX = 3;

/** `first` is full already. */
export type Multipart = (target: Target, first: Part, intake: Intake) => Promise<StoredObject>;

interface Ground {
  readonly bucket: Bucket;
  readonly parts: ReturnType<typeof createParts>;
  readonly clearing: Clearing;
}

export function createMultipart(bucket: Bucket, { parts, clearing }: Omit<Ground, "bucket">): Multipart {
  const ground: Ground = { bucket, parts, clearing };
  return async (target, first, intake) => {
    let uploadId: string | null = null;
    let clean = false;
    try {
      const begun = await begin(bucket, target, first);
      uploadId = begun.uploadId;
      const completed = await sendAll(ground, { ...target, uploadId }, { first, intake });
      const stored = await clearing.unlessStored(target.key, () => complete(bucket, { ...target, uploadId: begun.uploadId }, { completed, intake }));
      clean = begun.once;
      return stored;
    } finally {
      if (!clean) await clearing.uploads(target.key, uploadId);
    }
  };
}

type Upload = Target & { readonly uploadId: string };

/** `once`: asked a second time, after an answer that was lost, there are two. */
async function begin({ client, name }: Bucket, target: Target, first: Part): Promise<{ uploadId: string; once: boolean }> {
  const create = new CreateMultipartUploadCommand({ Bucket: name, Key: target.key, ContentType: target.mime, CacheControl: CACHED });
  try {
    const { UploadId: uploadId, $metadata } = await client.send(create, within(target));
    if (uploadId === undefined) throw new Error("the server began an upload without a name for it");
    return { uploadId, once: ($metadata.attempts ?? 1) === 1 };
  } catch (error) {
    first.release(true);
    throw error;
  }
}

/** The first failure ends it; then it waits for what is in flight, so that nothing comes after the upload is given up. */
async function sendAll({ bucket, parts }: Ground, upload: Upload, { first, intake }: { first: Part; intake: Intake }): Promise<CompletedPart[]> {
  const stop = new AbortController();
  const signal = upload.signal ? AbortSignal.any([upload.signal, stop.signal]) : stop.signal;
  const completed: CompletedPart[] = [];
  const inFlight = new Set<Promise<void>>();
  const begin = (part: Part, bytes: number): void => {
    const number = completed.push({});
    const sent = sendPart(bucket, { ...upload, signal }, { number, part, bytes }).then(
      (etag) => void (completed[number - 1] = { PartNumber: number, ETag: etag }),
      (error: unknown) => stop.abort(error),
    );
    const noted = sent.finally(() => inFlight.delete(noted));
    inFlight.add(noted);
  };
  try {
    begin(first, first.room.length);
    while (await intake.more()) {
      if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
      signal.throwIfAborted();
      const part = await parts.take();
      begin(part, await fill(part, intake));
    }
  } catch (error) {
    stop.abort(error);
  }
  await Promise.all(inFlight);
  signal.throwIfAborted();
  return completed;
}

async function fill(part: Part, intake: Intake): Promise<number> {
  try {
    return await intake.fill(part.room);
  } catch (error) {
    part.release(true);
    throw error;
  }
}

async function sendPart({ client, name }: Bucket, upload: Upload, { number, part, bytes }: { number: number; part: Part; bytes: number }): Promise<string> {
  let sent = false;
  try {
    const body = part.room.subarray(0, bytes);
    const put = new UploadPartCommand({ Bucket: name, Key: upload.key, UploadId: upload.uploadId, PartNumber: number, Body: body, ContentLength: bytes });
    const { ETag: etag } = await client.send(put, within(upload));
    if (etag === undefined) throw new Error("the server took a part without a word for it");
    sent = true;
    return etag;
  } finally {
    part.release(sent);
  }
}

async function complete(bucket: Bucket, upload: Upload, { completed, intake }: { completed: CompletedPart[]; intake: Intake }): Promise<StoredObject> {
  const command = new CompleteMultipartUploadCommand({
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.uploadId,
    MultipartUpload: { Parts: completed },
  });
  await bucket.client.send(command, within(upload));
  return confirm(bucket, upload, intake.stored());
}
