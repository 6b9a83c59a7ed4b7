/** After a failure nobody knows what the server did of what it was asked: it is taken away again. */
import { AbortMultipartUploadCommand, DeleteObjectCommand, ListMultipartUploadsCommand, type MultipartUpload } from "@aws-sdk/client-s3";
import { within, type Bucket, type Reach } from "./bucket.ts";
import { statusOf } from "./trouble.ts";

const TRIES = 3;
const CLEAR_MS = 15_000;

export interface Clearing {
  /** Does `work`; if it fails, whatever is stored under `key` goes. */
  unlessStored<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Unfinished uploads of this key: the one that is known, and those whose beginning was not answered. */
  uploads(key: string, known: string | null): Promise<void>;
}

export function createClearing({ client, name, log }: Bucket): Clearing {
  // What stays behind is an orphan, or an upload that nobody goes on with: the sweeper finds both.
  const insist = async (key: string, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> => {
    const signal = AbortSignal.timeout(CLEAR_MS);
    for (let tries = 1; ; tries += 1) {
      try {
        return void (await work(signal));
      } catch (error) {
        if (statusOf(error) === 404) return;
        if (tries < TRIES && !signal.aborted) continue;
        return log.warn("store.left_behind", { key, error });
      }
    }
  };
  return {
    async unlessStored(key, work) {
      try {
        return await work();
      } catch (error) {
        await insist(key, (abortSignal) => client.send(new DeleteObjectCommand({ Bucket: name, Key: key }), { abortSignal }));
        throw error;
      }
    },
    uploads: (key, known) =>
      insist(key, async (signal) => {
        if (known !== null) await abortUpload({ client, name }, { key, uploadId: known, signal });
        await abortUploads({ client, name }, { prefix: key, before: null, signal });
      }),
  };
}

interface Unfinished {
  readonly prefix: string;
  /** Null: whenever they began. */
  readonly before: Date | null;
  readonly signal?: AbortSignal;
}

/** Answers how many there were. */
export async function abortUploads(reach: Reach, { prefix, before, signal }: Unfinished): Promise<number> {
  let aborted = 0;
  for await (const { Key: key, UploadId: uploadId, Initiated: begun } of listUploads(reach, prefix, signal)) {
    // Not every server looks at the prefix.
    if (key === undefined || uploadId === undefined || !key.startsWith(prefix)) continue;
    if (before !== null && (begun === undefined || begun >= before)) continue;
    await abortUpload(reach, { key, uploadId, signal });
    aborted += 1;
  }
  return aborted;
}

async function* listUploads({ client, name }: Reach, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<MultipartUpload> {
  let from: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined } | null = {};
  while (from) {
    const list: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({ Bucket: name, Prefix: prefix, ...from });
    const page = await client.send(list, within({ signal }));
    yield* page.Uploads ?? [];
    from = page.IsTruncated && page.NextKeyMarker ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : null;
  }
}

async function abortUpload(
  { client, name }: Reach,
  { key, uploadId, signal }: { key: string; uploadId: string; signal: AbortSignal | undefined },
): Promise<void> {
  const abort = new AbortMultipartUploadCommand({ Bucket: name, Key: key, UploadId: uploadId });
  await client.send(abort, within({ signal })).catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error;
  });
}
