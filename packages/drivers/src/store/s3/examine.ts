import { randomBytes, randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { Finding } from "@cooly/engine/ports";
import { PROBES } from "../keys.ts";
import { examineLinks } from "./examine-links.ts";
import { explain } from "./explain.ts";
import { createS3Store, type S3Store, type S3StoreOptions } from "./index.ts";
import { PART_BYTES } from "./parts.ts";
import { nameOf, statusOf } from "./trouble.ts";

export interface S3ExamineOptions extends S3StoreOptions {
  /** Whose pages put files there. */
  readonly studioOrigin: string;
}

const MIME = "application/octet-stream";
const limits = { mime: MIME, maxBytes: 2 * PART_BYTES };

/** Does with the bucket all that the product does, below one prefix, and takes it away again. */
export async function examine(options: S3ExamineOptions): Promise<readonly Finding[]> {
  const store = await createS3Store(options).catch((error: Error) => error);
  if (store instanceof Error) return [withoutCredentials(store)];
  try {
    const written = await attempt(
      options,
      { code: "storage.write", can: "Objects are written, read in part and deleted", cannot: "No object can be stored" },
      () => writeAndRead(store),
    );
    if (written.level === "failure") return [written];
    return [written, ...(await examineRest(store, options))];
  } finally {
    await clean(store);
    store.close();
  }
}

const withoutCredentials = (error: Error): Finding => ({
  code: "storage.no_key",
  level: "failure",
  says: "No object can be stored: there are no credentials for the bucket.",
  cause: error.message,
  fix: "Set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.",
});

async function examineRest(store: S3Store, options: S3ExamineOptions): Promise<readonly Finding[]> {
  const parts = { code: "storage.multipart", can: "Large objects are stored in parts", cannot: "Objects above 8 MiB cannot be stored" };
  const list = { code: "storage.list", can: "The bucket can be listed", cannot: "The bucket cannot be listed" };
  const uploads = { code: "storage.uploads", can: "Uploads that were broken off can be found", cannot: "Uploads that were broken off cannot be found" };
  return [
    await attempt(options, parts, () => writeInParts(store)),
    asWarning(
      await attempt(options, list, () => listProbes(store)),
      "What no generation points to any more is never deleted; a missing object may be told as forbidden.",
    ),
    asWarning(await attempt(options, uploads, () => store.abandonUploads!(PROBES, new Date(0))), "What is left of broken uploads is kept, and paid for."),
    ...(await examineLinks(store, options)),
  ];
}

interface Sentences {
  readonly code: string;
  readonly can: string;
  readonly cannot: string;
}

async function attempt(options: S3StoreOptions, { code, can, cannot }: Sentences, work: () => Promise<unknown>): Promise<Finding> {
  try {
    await work();
    return { code, level: "good", says: `${can} (bucket ${options.bucket}).` };
  } catch (error) {
    const { word, cause, fix } = explain(error, options);
    const answer = statusOf(error) === 0 ? "" : `: the server answers ${statusOf(error)} ${nameOf(error)}`;
    return { code: code === "storage.write" ? `storage.${word}` : code, level: "failure", says: `${cannot}${answer}.`, cause, fix };
  }
}

const asWarning = (finding: Finding, cause: string): Finding =>
  finding.level === "failure" ? { ...finding, level: "warning", cause: `${finding.cause} ${cause}` } : finding;

async function writeAndRead(store: S3Store): Promise<void> {
  const key = `${PROBES}${randomUUID()}`;
  const bytes = randomBytes(1024);
  await store.put(key, bytes, { mime: MIME, maxBytes: bytes.length });
  await expectBytes(await store.open(key), bytes);
  await expectBytes(await store.open(key, { start: 1, end: 100 }), bytes.subarray(1, 101));
  await store.remove([key]);
  if (await store.stat(key)) throw new Error("What was deleted is still there.");
  if (await store.open(key)) throw new Error("What was deleted can still be read.");
}

async function expectBytes(found: Awaited<ReturnType<S3Store["open"]>>, bytes: Buffer): Promise<void> {
  if (!found) throw new Error("What was written is not there.");
  if (!(await buffer(found.body)).equals(bytes)) throw new Error("What is read is not what was written.");
}

async function writeInParts(store: S3Store): Promise<void> {
  const key = `${PROBES}${randomUUID()}`;
  const part = randomBytes(PART_BYTES);
  const twoParts = async function* (): AsyncGenerator<Uint8Array> {
    yield part;
    yield part.subarray(0, 1024);
  };
  await store.put(key, twoParts(), limits);
  await expectBytes(await store.open(key, { start: PART_BYTES - 10, end: PART_BYTES + 9 }), Buffer.concat([part.subarray(-10), part.subarray(0, 10)]));
}

async function listProbes(store: S3Store): Promise<void> {
  const key = `${PROBES}${randomUUID()}`;
  await store.put(key, Buffer.from("listed"), limits);
  for await (const found of store.list(PROBES)) if (found.key === key) return;
  throw new Error("What was written is not in the list.");
}

async function clean(store: S3Store): Promise<void> {
  try {
    const keys: string[] = [];
    for await (const { key } of store.list(PROBES)) keys.push(key);
    await store.remove(keys);
  } catch {
    // Whoever cannot list or delete has been told so.
  }
}
