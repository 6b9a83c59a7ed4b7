import { Transform, pipeline, type Readable } from "node:stream";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { ByteRange, OpenObject } from "@cooly/engine/ports";
import type { Reach } from "./bucket.ts";
import { absent } from "./trouble.ts";

export async function openObject({ client, name }: Reach, key: string, range?: ByteRange): Promise<OpenObject | null> {
  const get = new GetObjectCommand({ Bucket: name, Key: key, ...(range && { Range: `bytes=${range.start}-${range.end}` }) });
  const found = await client.send(get).catch(absent);
  if (!found) return null;
  const body = found.Body as Readable;
  const sizeBytes = range ? sizeIn(found.ContentRange) : found.ContentLength;
  if (sizeBytes === undefined) {
    body.destroy();
    throw new Error(range ? "the server does not answer with a range" : "the server does not say how large the object is");
  }
  const length = range ? Math.min(range.end, sizeBytes - 1) - range.start + 1 : sizeBytes;
  return { sizeBytes, body: whole(body, length) };
}

function sizeIn(range: string | undefined): number | undefined {
  const size = /\/(\d+)$/.exec(range ?? "")?.[1];
  return size === undefined ? undefined : Number(size);
}

/** A connection that ends too early looks like an end of the bytes: here it is an error. */
function whole(body: Readable, sizeBytes: number): Readable {
  let left = sizeBytes;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      left -= piece.length;
      done(null, piece);
    },
    flush: (done) => done(left === 0 ? null : new Error(`the object was cut off: ${left} of ${sizeBytes} bytes are missing`)),
  });
  // Who reads hears of it.
  return pipeline(body, counted, () => undefined);
}
