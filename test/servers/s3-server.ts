import type { S3Client } from "@aws-sdk/client-s3";
import type { S3StoreOptions } from "@cooly/drivers/store/s3";

/** An S3 server of this machine. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** As a test looks at it, past whatever it puts between. */
  readonly client: S3Client;
  makeBucket(): Promise<string>;
  stop(): Promise<void>;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export const storeOptions = ({ endpoint, region, credentials }: S3Server, bucket: string): S3StoreOptions => ({
  bucket,
  region,
  endpoint,
  publicEndpoint: null,
  credentials,
  forcePathStyle: true,
  log: silent,
});
