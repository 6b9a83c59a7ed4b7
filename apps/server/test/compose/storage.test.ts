import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { roles } from "@cooly/topology";
import { ConfigurationProblem, readConfiguration } from "../../src/compose/configuration.ts";
import { examineStorage, openStorage, type Storage } from "../../src/compose/storage.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cooly-storage-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const log = { debug() {}, info() {}, warn() {}, error() {} };
const bucket = { S3_BUCKET_NAME: "media", S3_ENDPOINT: "http://127.0.0.1:9000", S3_ACCESS_KEY_ID: "a", S3_SECRET_ACCESS_KEY: "b" };
const expiresAt = new Date(Date.now() + 60_000);

const read = (environment: Record<string, string>) =>
  readConfiguration({ COOLY_HOME: home, ...environment }, { roles, envFile: join(home, ".env") }).configuration;
const open = (environment: Record<string, string>): Promise<Storage> =>
  openStorage({ configuration: read(environment), publicUrl: "https://api", secret: "s".repeat(32), log });

async function linkOf(environment: Record<string, string>): Promise<string> {
  const storage = await open(environment);
  storage.close();
  return storage.store.signedUrl("m/a", { expiresAt, mime: "image/png" }).split("?")[0]!;
}

test.each<[string, Record<string, string>, string]>([
  ["nothing set: a folder in the home", {}, "https://api/media/m/a"],
  ["a folder", { STORAGE_DIR: "/tmp/cooly-none" }, "https://api/media/m/a"],
  ["a bucket", bucket, "http://127.0.0.1:9000/media/m/a"],
  ["a bucket, but the folder is asked for", { ...bucket, STORAGE_DRIVER: "filesystem" }, "https://api/media/m/a"],
  ["a bucket at AWS", { ...bucket, S3_ENDPOINT: "", S3_REGION: "eu-central-1" }, "https://media.s3.eu-central-1.amazonaws.com/m/a"],
  ["a bucket in the host of its own server", { ...bucket, S3_FORCE_PATH_STYLE: "false", S3_ENDPOINT: "http://s3.example" }, "http://media.s3.example/m/a"],
  ["under a public name", { ...bucket, S3_PUBLIC_ENDPOINT: "https://media.example" }, "https://media.example/media/m/a"],
  [
    "by Backblaze's names",
    { B2_BUCKET_NAME: "b", B2_ENDPOINT: "https://s3.eu.b2", B2_ACCESS_KEY_ID: "a", B2_SECRET_ACCESS_KEY: "b" },
    "https://s3.eu.b2/b/m/a",
  ],
  ["on the way out of a folder: the API answers", { ...bucket, STORAGE_FALLBACK_DIR: "/tmp/cooly-none" }, "https://api/media/m/a"],
])("%s", async (_what, environment, link) => {
  expect(await linkOf(environment)).toBe(link);
});

test("two places are two buckets for the sweeper, of which the old one is never claimed", async () => {
  const storage = await open({ ...bucket, STORAGE_FALLBACK_DIR: "/tmp/cooly-none" });
  storage.close();
  expect(storage.buckets.map(({ name, claim }) => [name, claim])).toEqual([
    ["s3 media at 127.0.0.1:9000", true],
    ["filesystem /tmp/cooly-none", false],
  ]);
  expect(storage.origins).toEqual(["http://127.0.0.1:9000"]);
});

test.each<[Record<string, string>, string]>([
  [{ STORAGE_DRIVER: "s3" }, "S3_BUCKET_NAME is missing"],
  [{ ...bucket, S3_SECRET_ACCESS_KEY: "" }, "belong together"],
  [{ STORAGE_FALLBACK_DRIVER: "filesystem" }, "STORAGE_FALLBACK_DIR is missing"],
  [{ STORAGE_FALLBACK_DRIVER: "s3" }, "STORAGE_FALLBACK_BUCKET_NAME is missing"],
  [{ STORAGE_DIR: "/tmp/a", STORAGE_FALLBACK_DIR: "/tmp/a/" }, "name the storage itself"],
  [{ ...bucket, STORAGE_FALLBACK_BUCKET_NAME: "media", STORAGE_FALLBACK_ENDPOINT: "http://127.0.0.1:9000" }, "name the storage itself"],
])("what does not fit is said: %j", async (environment, words) => {
  await expect(open(environment)).rejects.toThrow(ConfigurationProblem);
  await expect(open(environment)).rejects.toThrow(words);
});

test("a look at both says which is which", async () => {
  const findings = await examineStorage(
    { configuration: read({ ...bucket, S3_ENDPOINT: "http://127.0.0.1:1", STORAGE_FALLBACK_DIR: home }), log },
    "https://studio",
  );
  expect(findings.map(({ code, level }) => [code, level])).toEqual([
    ["storage.unreachable", "failure"],
    ["storage.fallback.files", "good"],
    ["storage.fallback.room", expect.any(String)],
  ]);
});
