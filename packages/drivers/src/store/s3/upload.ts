/** How bytes get into the bucket: whole, or not at all. */
import { createHash } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectStore, PutOptions, StoredObject } from "@cooly/engine/ports";
import { openIntake, type Intake } from "../intake.ts";
import { checkKey } from "../keys.ts";
import { CACHED, confirm, within, type Bucket, type Target } from "./bucket.ts";
import { createClearing, type Clearing } from "./clearing.ts";
import { createMultipart, type Multipart } from "./multipart.ts";
import { createParts, PART_BYTES, type Part } from "./parts.ts";

/**
 * What fits into a part is one request, whatever is known of its size before; the rest goes in parts. Each request has its
 * bytes in memory, so the server checks their hash, and one that fails is asked again by itself.
 */
export function createUpload(bucket: Bucket): ObjectStore["put"] {
  const parts = createParts();
  const clearing = createClearing(bucket);
  const ways: Ways = { bucket, clearing, parts, multipart: createMultipart(bucket, { parts, clearing }) };
  return async (key, body, options) => {
    const target: Target = { key: checkKey(key), mime: options.mime, signal: options.signal };
    options.signal?.throwIfAborted();
    refuse(options.sizeBytes, options);
    if (body instanceof Uint8Array && body.length <= PART_BYTES) return putBytes(ways, target, held(body, options));
    const intake = openIntake(body, options);
    try {
      return await putRead(ways, target, intake);
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

async function putRead(ways: Ways, target: Target, intake: Intake): Promise<StoredObject> {
  const first = await ways.parts.take();
  const filled = await fillFirst(first, intake);
  if (!filled.whole) return ways.multipart(target, first, intake);
  let sent = false;
  try {
    const stored = await putBytes(ways, target, { bytes: first.room.subarray(0, filled.bytes), stored: intake.stored() });
    sent = true;
    return stored;
  } finally {
    first.release(sent);
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
  const { key, mime } = target;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const put = new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: body, ContentLength: body.length, ContentType: mime, CacheControl: CACHED });
  return clearing.unlessStored(key, async () => {
    await bucket.client.send(put, within(target));
    return confirm(bucket, target, stored);
  });
}
