import { S3Client } from "@aws-sdk/client-s3";
import { refuseCutLists } from "./cut-lists.ts";
import { endpointOf, isPathStyle, type S3StoreOptions } from "./options.ts";

const CONNECT_MS = 5_000;
// Without a byte either way.
const SILENCE_MS = 60_000;
const SOCKETS_MAX = 200;
const TRIES = 3;

const quiet = { debug() {}, info() {}, warn() {}, error() {}, trace() {} };

export function createClient(options: S3StoreOptions): S3Client {
  const client = new S3Client({
    region: options.region,
    endpoint: endpointOf(options),
    forcePathStyle: isPathStyle(options),
    ...(options.credentials && { credentials: options.credentials }),
    // Servers that only look like AWS store the checksums as a part of the bytes, or refuse them.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Some never answer the question, and each of them costs a connection.
    expectContinueHeader: false,
    maxAttempts: TRIES,
    // Whatever goes wrong is thrown.
    logger: quiet,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      httpAgent: { maxSockets: SOCKETS_MAX },
      httpsAgent: { maxSockets: SOCKETS_MAX },
      logger: quiet,
    },
  });
  refuseCutLists(client);
  return client;
}
