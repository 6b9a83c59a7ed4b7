import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { createS3Store } from "@cooly/drivers/store/s3";
import { storeOptions, type S3Server } from "../../../../test/servers/s3-server.ts";
import type { StoreUnderTest } from "./store.ts";

/** A bucket of its own on this server. */
export async function openBucket(server: S3Server): Promise<StoreUnderTest> {
  const bucket = await server.makeBucket();
  const store = await createS3Store(storeOptions(server, bucket));
  return {
    store,
    async unfinished() {
      const { Uploads: uploads = [] } = await server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return uploads.length;
    },
    async leaveUnfinished(key) {
      await server.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
    },
    address: (key) => `${server.endpoint}/${bucket}/${key}`,
    async close() {
      store.close();
      await server.stop();
    },
  };
}
