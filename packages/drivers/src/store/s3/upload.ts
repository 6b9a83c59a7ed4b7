/** How bytes get into the bucket: whole, or not at all. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectStore, PutOptions, StoredObject } from "@cooly/engine/ports";
import { checkKey } from "../keys.ts";
import { CACHED, confirm, within, type Bucket, type Target } from "./bucket.ts";
import { createClearing, type Clearing } from "./clearing.ts";
import { openIntake, type Intake } from "./intake.ts";
import { createMultipart, type Multipart } from "./multipart.ts";
import { createParts, PART_BYTES, type Part } from "./parts.ts";

// What is larger goes in parts, which can be tried again one by one.
const SINGLE_MAX_BYTES = 64 * 1024 * 1024;

export function createUpload(bucket: Bucket): ObjectStore["put"] {
  const parts = createParts();
  const clearing = createClearing(bucket);
  const ways: Ways = { bucket, clearing, parts, multipart: createMultipart(bucket, { parts, clearing }) };
  return async (key, body, options) => {
    const target: Target = { key: checkKey(key), mime: options.mime, signal: options.signal };
    options.signal?.throwIfAborted();
    refuse(options.sizeBytes, options);
    if (body instanceof Uint8Array && body.length <= SINGLE_MAX_BYTES) return putBytes(ways, target, held(body, options));
    const intake = openIntake(body, options);
    try {
      return await putRead(ways, target, { intake, sizeBytes: options.sizeBytes ?? null });
    } finally {
      intake.giveUp();
    }
  };
}

interface Ways {
  readonly bucket: Bucket;
  readonly clearing: Clearing;
  readonly parts: ReturnType<typeof createParts>;
  readonly multipart: Multipart;
}

function refuse(sizeBytes: number | undefined, { maxBytes }: PutOptions): void {
  if (sizeBytes !== undefined && sizeBytes > maxBytes) throw new RangeError(`larger than ${maxBytes} bytes`);
}

interface Held {
  readonly bytes: Uint8Array;
  readonly stored: StoredObject;
}

function held(bytes: Uint8Array, options: PutOptions): Held {
  refuse(bytes.length, options);
  if (options.sizeBytes !== undefined && options.sizeBytes !== bytes.length) throw new RangeError(`the body has ${bytes.length} bytes of ${options.sizeBytes}`);
  return { bytes, stored: { sizeBytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") } };
}

/** Small: one request from memory. Of known size: one that streams. Else in parts. */
async function putRead(ways: Ways, target: Target, { intake, sizeBytes }: { intake: Intake; sizeBytes: number | null }): Promise<StoredObject> {
  if (sizeBytes !== null && sizeBytes > PART_BYTES && sizeBytes <= SINGLE_MAX_BYTES) return putStream(ways, target, { intake, sizeBytes });
  const first = await ways.parts.take();
  const filled = await fillFirst(first, intake);
  if (!filled.whole) return ways.multipart(target, first, intake);
  let unread = false;
  try {
    const stored = await putBytes(ways, target, { bytes: first.room.subarray(0, filled.bytes), stored: intake.stored() });
    unread = true;
    return stored;
  } finally {
    first.release(unread);
  }
}

async function fillFirst(part: Part, intake: Intake): Promise<{ readonly bytes: number; readonly whole: boolean }> {
  try {
    const bytes = await intake.fill(part.room);
    return { bytes, whole: !(await intake.more()) };
  } catch (error) {
    part.release(true);
    throw error;
  }
}

async function putBytes({ bucket, clearing }: Ways, target: Target, { bytes, stored }: Held): Promise<StoredObject> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return clearing.unlessStored(target.key, async () => {
    await putObject(bucket, target, { body, sizeBytes: body.length });
    return confirm(bucket, target, stored);
  });
}

/** A body that fails is found out before its last byte has left, so nothing of it is stored. */
async function putStream({ bucket, clearing }: Ways, target: Target, { intake, sizeBytes }: { intake: Intake; sizeBytes: number }): Promise<StoredObject> {
  const stop = new AbortController();
  const body = Readable.from(intake.pieces(), { objectMode: false });
  // The client only pipes: it would wait for the rest of a body that has failed.
  body.once("error", (error) => stop.abort(error));
  const signal = target.signal ? AbortSignal.any([target.signal, stop.signal]) : stop.signal;
  return clearing.unlessStored(target.key, async () => {
    await putObject(bucket, { ...target, signal }, { body, sizeBytes })
      .catch((error: unknown) => {
        throw stop.signal.aborted ? stop.signal.reason : error;
      })
      .finally(() => body.destroy());
    return confirm(bucket, target, intake.stored());
  });
}

async function putObject({ client, name }: Bucket, target: Target, { body, sizeBytes }: { body: Buffer | Readable; sizeBytes: number }): Promise<void> {
  const put = new PutObjectCommand({ Bucket: name, Key: target.key, Body: body, ContentLength: sizeBytes, ContentType: target.mime, CacheControl: CACHED });
  await client.send(put, within(target));
}
