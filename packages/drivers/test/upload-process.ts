/** Uploads several large bodies at once, in a process of its own; says how much memory that took. */
import { createS3Store } from "@cooly/drivers/store/s3";

const [endpoint, bucket, accessKeyId, secretAccessKey, uploads, bytes] = process.argv.slice(2) as [string, string, string, string, string, string];
const log = { debug() {}, info() {}, warn() {}, error() {} };
const credentials = { accessKeyId, secretAccessKey };
const store = await createS3Store({ bucket, endpoint, credentials, region: "us-east-1", publicEndpoint: null, forcePathStyle: true, log });
const mostBytes = (): number => process.resourceUsage().maxRSS * 1024;

async function* body(sizeBytes: number): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(128 * 1024, 7);
  for (let at = 0; at < sizeBytes; at += piece.length) yield piece;
}
const put = (key: string, sizeBytes: number, sizeKnown: boolean) =>
  store.put(key, body(sizeBytes), { mime: "video/mp4", maxBytes: 2 ** 30, ...(sizeKnown && { sizeBytes }) });

// Whatever is loaded when it is first used is loaded now.
await put("m/warm-up", 9 * 1024 * 1024, false);
const before = mostBytes();
await Promise.all(Array.from({ length: Number(uploads) }, (_, number) => put(`m/large/${number}`, Number(bytes), number % 2 === 0)));
process.stdout.write(JSON.stringify({ grownBytes: mostBytes() - before }));
store.close();
