import type { Log } from "@cooly/engine/ports";

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3StoreOptions {
  readonly bucket: string;
  readonly region: string;
  /** Null: AWS. */
  readonly endpoint: string | null;
  /** As browsers reach the same server. Null: as we do. */
  readonly publicEndpoint: string | null;
  /** Null: what the environment of the machine gives (its role, its profile). */
  readonly credentials: S3Credentials | null;
  /** Whether the bucket's name stands in the path instead of the host. */
  readonly forcePathStyle: boolean;
  readonly log: Log;
  /** For links. Default: this process's clock. */
  readonly now?: () => Date;
}

/** Where requests go: never what the SDK would guess from elsewhere, as links have to name the same place. */
export function endpointOf({ endpoint, region }: Pick<S3StoreOptions, "endpoint" | "region">): string {
  return endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

// A name with a dot in it fits no certificate as a part of a host.
export const isPathStyle = ({ bucket, forcePathStyle }: Pick<S3StoreOptions, "bucket" | "forcePathStyle">): boolean => forcePathStyle || bucket.includes(".");
