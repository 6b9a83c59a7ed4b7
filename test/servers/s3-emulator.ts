/** The S3 of the npm emulator, in this process. It checks no signature, and overwrites whatever the condition. */
import { randomBytes } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { startFauxqs } from "fauxqs";
import type { S3Server } from "./s3-server.ts";

export async function startS3Emulator(): Promise<S3Server> {
  const server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  return {
    endpoint,
    region: "us-east-1",
    credentials,
    client,
    async makeBucket() {
      const bucket = `test-${randomBytes(6).toString("hex")}`;
      server.createBucket(bucket);
      return bucket;
    },
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}
