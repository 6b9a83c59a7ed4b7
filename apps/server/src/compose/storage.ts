/** Environment -> where media are kept. What drives a bucket is loaded where there is one. */
import { join, resolve } from "node:path";
import { createFilesystemStore } from "@cooly/drivers/store/filesystem";
import { createStoreLinks, withEarlierLinks } from "@cooly/drivers/store/links";
import type { S3StoreOptions } from "@cooly/drivers/store/s3";
import type { Bucket } from "@cooly/engine";
import type { Finding, Log, ObjectStore } from "@cooly/engine/ports";
import type { VariableName } from "@cooly/topology";
import { ConfigurationProblem, type Configuration } from "./configuration.ts";

export interface Storage {
  readonly store: ObjectStore;
  /** What it is made of, each for the sweeper by itself. */
  readonly buckets: readonly Bucket[];
  /** For logs and greetings. */
  readonly name: string;
  /** Where browsers are sent for media, beside the API. */
  readonly origins: readonly string[];
  close(): void;
}

export interface StorageOptions {
  readonly configuration: Configuration;
  readonly publicUrl: string;
  readonly secret: string;
  readonly log: Log;
}

/** Where the storage is, or the one that it moves away from. */
type Place = { readonly driver: "filesystem"; readonly directory: string } | ({ readonly driver: "s3" } & Omit<S3StoreOptions, "log">);

export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { configuration, log } = options;
  const [place, fallback] = placesOf(configuration);
  const first = await openPlace(place!, options);
  const links = createStoreLinks(options);
  if (!fallback) {
    const store = place!.driver === "filesystem" ? first.store : withEarlierLinks(first.store, links);
    return { ...first, store, buckets: [{ name: first.name, store: first.store, claim: true }] };
  }
  const second = await openPlace(fallback, options).catch((error: unknown) => {
    first.close();
    throw error;
  });
  const { createFallbackStore } = await import("@cooly/drivers/store/fallback");
  const copyBack = configuration.flag("STORAGE_FALLBACK_COPY_BACK");
  return {
    store: createFallbackStore({ first: first.store, second: second.store, links, copyBack, log }),
    buckets: [
      { name: first.name, store: first.store, claim: true },
      { name: second.name, store: second.store, claim: false },
    ],
    name: `${first.name}, and ${second.name} for what it lacks`,
    origins: [...first.origins, ...second.origins],
    close() {
      first.close();
      second.close();
    },
  };
}

/** For `cooly doctor`. */
export async function examineStorage({ configuration, log }: Pick<StorageOptions, "configuration" | "log">, studioOrigin: string): Promise<readonly Finding[]> {
  const found = await Promise.all(
    placesOf(configuration).map(async (place, index) => {
      const findings = await examinePlace(place, { log, studioOrigin });
      // People are told which of the two it is.
      return index === 0
        ? findings
        : findings.map((finding) => ({ ...finding, code: finding.code.replace("storage.", "storage.fallback."), says: `Fallback: ${finding.says}` }));
    }),
  );
  return found.flat();
}

async function examinePlace(place: Place, { log, studioOrigin }: { log: Log; studioOrigin: string }): Promise<readonly Finding[]> {
  if (place.driver === "filesystem") return (await import("@cooly/drivers/store/filesystem/examine")).examine(place);
  return (await import("@cooly/drivers/store/s3/examine")).examine({ ...place, log, studioOrigin });
}

/** What the environment says, or else what it names. */
export const chooseStorage = (configuration: Configuration): Place["driver"] => placesOf(configuration)[0]!.driver;

/** One, or two. */
function placesOf(configuration: Configuration): readonly Place[] {
  const first = placeOf(configuration, MAIN) ?? { driver: "filesystem", directory: resolve(join(configuration.home, "media")) };
  const second = placeOf(configuration, FALLBACK);
  if (!second) return [first];
  if (wordsFor(first) === wordsFor(second)) throw new ConfigurationProblem(`STORAGE_FALLBACK_* name the storage itself (${wordsFor(first)}); remove them.`);
  return [first, second];
}

const MAIN = {
  driver: "STORAGE_DRIVER",
  directory: "STORAGE_DIR",
  bucket: "S3_BUCKET_NAME",
  endpoint: "S3_ENDPOINT",
  publicEndpoint: "S3_PUBLIC_ENDPOINT",
  region: "S3_REGION",
  accessKeyId: "S3_ACCESS_KEY_ID",
  secretAccessKey: "S3_SECRET_ACCESS_KEY",
  forcePathStyle: "S3_FORCE_PATH_STYLE",
} as const satisfies Names;
const FALLBACK = {
  driver: "STORAGE_FALLBACK_DRIVER",
  directory: "STORAGE_FALLBACK_DIR",
  bucket: "STORAGE_FALLBACK_BUCKET_NAME",
  endpoint: "STORAGE_FALLBACK_ENDPOINT",
  publicEndpoint: "STORAGE_FALLBACK_PUBLIC_ENDPOINT",
  region: "STORAGE_FALLBACK_REGION",
  accessKeyId: "STORAGE_FALLBACK_ACCESS_KEY_ID",
  secretAccessKey: "STORAGE_FALLBACK_SECRET_ACCESS_KEY",
  forcePathStyle: "STORAGE_FALLBACK_FORCE_PATH_STYLE",
} as const satisfies Names;
type Names = Readonly<
  Record<"driver" | "directory" | "bucket" | "endpoint" | "publicEndpoint" | "region" | "accessKeyId" | "secretAccessKey" | "forcePathStyle", VariableName>
>;

/** Null where nothing names one. */
function placeOf(configuration: Configuration, names: Names): Place | null {
  const directory = configuration.text(names.directory);
  const bucket = configuration.text(names.bucket);
  const driver = configuration.text(names.driver) ?? (bucket !== null ? "s3" : directory !== null ? "filesystem" : null);
  if (driver === "s3") return bucketOf(configuration, names, bucket);
  if (directory !== null && driver === "filesystem") return { driver, directory: resolve(directory) };
  if (driver === "filesystem" && names === FALLBACK) throw new ConfigurationProblem(`${names.directory} is missing: it names the folder of the fallback.`);
  return null;
}

function bucketOf(configuration: Configuration, names: Names, bucket: string | null): Place {
  const accessKeyId = configuration.text(names.accessKeyId);
  const secretAccessKey = configuration.text(names.secretAccessKey);
  const endpoint = configuration.text(names.endpoint);
  if (bucket === null) throw new ConfigurationProblem(`${names.bucket} is missing: it names the bucket of the s3 storage.`);
  if ((accessKeyId === null) !== (secretAccessKey === null))
    throw new ConfigurationProblem(`${names.accessKeyId} and ${names.secretAccessKey} belong together: set both, or neither.`);
  return {
    driver: "s3",
    bucket,
    endpoint,
    region: configuration.text(names.region) ?? "us-east-1",
    publicEndpoint: configuration.text(names.publicEndpoint),
    credentials: accessKeyId === null || secretAccessKey === null ? null : { accessKeyId, secretAccessKey },
    forcePathStyle: configuration.text(names.forcePathStyle) === null ? endpoint !== null : configuration.flag(names.forcePathStyle),
  };
}

const wordsFor = (place: Place): string =>
  place.driver === "filesystem" ? `filesystem ${place.directory}` : `s3 ${place.bucket} at ${place.endpoint === null ? "AWS" : new URL(place.endpoint).host}`;

interface Opened {
  readonly store: ObjectStore;
  readonly name: string;
  readonly origins: readonly string[];
  close(): void;
}

async function openPlace(place: Place, { publicUrl, secret, log }: StorageOptions): Promise<Opened> {
  if (place.driver === "filesystem") {
    const { directory } = place;
    return { store: createFilesystemStore({ directory, publicUrl, secret }), name: wordsFor(place), origins: [], close() {} };
  }
  const { createS3Store } = await import("@cooly/drivers/store/s3");
  const store = await createS3Store({ ...place, log });
  const link = new URL(store.signedUrl("m/a", { expiresAt: new Date(Date.now() + 60_000), mime: "image/png" }));
  return { store, name: wordsFor(place), origins: [link.origin], close: () => store.close() };
}
