import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createS3Store } from "@cooly/drivers/store/s3";
import { useRadosgw } from "../../../test/servers/radosgw.ts";
import { storeOptions } from "../../../test/servers/s3-server.ts";
import { MIB } from "./conformance/bodies.ts";

const UPLOADS = 6;
const BYTES = 64 * MIB;

test("six uploads of 64 MiB at once take the memory of a few parts, not of the files", async () => {
  const server = await useRadosgw();
  const bucket = await server.makeBucket();
  const { accessKeyId, secretAccessKey } = server.credentials;
  const program = fileURLToPath(new URL("upload-process.ts", import.meta.url));
  const words = [program, server.endpoint, bucket, accessKeyId, secretAccessKey, String(UPLOADS), String(BYTES)];
  const { grownBytes } = JSON.parse((await promisify(execFile)(process.execPath, words)).stdout) as { grownBytes: number };
  const store = await createS3Store(storeOptions(server, bucket));
  let stored = 0;
  for await (const { sizeBytes } of store.list("m/large/")) stored += sizeBytes;
  store.close();
  expect(stored).toBe(UPLOADS * BYTES);
  expect(grownBytes).toBeLessThan((UPLOADS * BYTES) / 3);
}, 180_000);
