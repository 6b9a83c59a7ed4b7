/** For developing: the parts that the tests of real deployments have, on ports of this machine alone. */
import { databaseUrl, redisUrl, storePorts, storeRegions } from "../environment/parts.ts";
import type { Options } from "../schema/options.ts";
import type { Link, ServiceDraft, Topology, Volume } from "../schema/topology.ts";
import { draftTopology, linksOver } from "./draft.ts";
import { migrations, scratchOf, SERVER_PORT, serverContainer, studioContainer } from "./server.ts";
import { database, objectStore, preparation, redis, storeVolumes, type Flavor } from "./stores.ts";

const HOST = "machine";
const APP = "app";

/** No secrets: nothing of this is reached from another machine. */
export const LOCAL_VALUES: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: "only-on-this-machine",
  REDIS_PASSWORD: "only-on-this-machine",
  AUTH_SECRET: "only-on-this-machine-only-on-this-machine",
  S3_ACCESS_KEY_ID: "GK0000000000000000000000000000c001",
  S3_SECRET_ACCESS_KEY: "c001".repeat(16),
  GARAGE_ADMIN_TOKEN: "only-on-this-machine",
  GARAGE_RPC_SECRET: "c001".repeat(16),
};

export function local(options: Options): Topology {
  // SeaweedFS needs nothing prepared, so that nothing has to be built before it starts.
  const { objectStore: chosen = "seaweedfs" } = options;
  const flavor = chosen === "external" ? null : chosen;
  return draftTopology(options, {
    kind: "local",
    hosts: [{ id: HOST, platform: "machine", region: "", says: "A developer's." }],
    services: services(options, flavor).map((service) => withValues(service, flavor)),
    addresses: [],
    networks: [{ id: "inside", internal: false, says: "All of them; ports are published to this machine alone." }],
    links: links(options, flavor),
    volumes: volumes(flavor),
    costs: [],
  });
}

/** The key of a bucket elsewhere is nobody's but the operator's. */
function withValues(service: ServiceDraft, flavor: Flavor | null): ServiceDraft {
  const valueOf = (name: string): string | undefined => (flavor === null && name.startsWith("S3_") ? undefined : LOCAL_VALUES[name]);
  const environment = Object.entries(service.environment ?? {}).map(([name, value]) => [
    name,
    value.replaceAll(/\{(\w+)\}/g, (whole, variable: string) => (valueOf(variable) === undefined ? whole : `{${variable}=${valueOf(variable)}}`)),
  ]);
  return { ...service, networks: service.id.endsWith("-prepare") ? [] : ["inside"], environment: Object.fromEntries(environment) as Record<string, string> };
}

const onThisMachine = (port: number, to = port): ServiceDraft["published"] => [{ port, to, reach: "machine" }];

function wiredOf({ name }: Options, flavor: Flavor | null): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: databaseUrl(`${name}-postgres`),
    REDIS_URL: redisUrl(`${name}-redis`),
    QUEUE_PREFIX: name,
    AUTH_SECRET: "{AUTH_SECRET}",
    PUBLIC_URL: "http://localhost:3001",
    FRONTEND_URL: "http://localhost:3000",
    S3_ACCESS_KEY_ID: "{S3_ACCESS_KEY_ID}",
    S3_SECRET_ACCESS_KEY: "{S3_SECRET_ACCESS_KEY}",
    ...bucketOf(name, flavor),
  };
}

const bucketOf = (name: string, flavor: Flavor | null): Readonly<Record<string, string>> =>
  flavor === null
    ? { S3_ENDPOINT: "{S3_ENDPOINT}", S3_BUCKET_NAME: "{S3_BUCKET_NAME}", S3_REGION: "{S3_REGION}" }
    : {
        S3_ENDPOINT: `http://${name}-storage:${storePorts[flavor].s3}`,
        S3_PUBLIC_ENDPOINT: `http://localhost:${storePorts[flavor].s3}`,
        S3_BUCKET_NAME: "{S3_BUCKET_NAME=cooly-media}",
        S3_REGION: storeRegions[flavor],
      };

function storeServices(options: Options, flavor: Flavor | null): readonly ServiceDraft[] {
  if (flavor === null) return [];
  const id = `${options.name}-prepare`;
  const store = {
    ...objectStore(flavor, { id: `${options.name}-storage`, host: HOST, origin: "http://localhost:3000" }),
    published: onThisMachine(storePorts[flavor].s3),
  };
  if (flavor === "seaweedfs") return [store];
  return [
    { ...preparation(options, { id, host: HOST, flavor, volumes: [] }), build: SOURCES },
    { ...store, after: [{ service: id, until: "done" }] },
  ];
}

const SOURCES = { context: "{COOLY_SOURCES=../..}", dockerfile: "Dockerfile" } as const;

function services(options: Options, flavor: Flavor | null): readonly ServiceDraft[] {
  const { name } = options;
  const id = (part: string): string => `${name}-${part}`;
  const wired = wiredOf(options, flavor);
  const built = { build: SOURCES, profile: APP } satisfies Partial<ServiceDraft>;
  const roles = ["api", "relay", "gen", "capture", "sweeper"] as const;
  const server = serverContainer(options, {
    id: id("server"),
    host: HOST,
    roles,
    wired,
    pool: 20,
    says: "All roles in one process, built from these sources.",
    more: {
      limits: { memoryMib: 2048, processors: 2 },
      after: [
        { service: id("migrate"), until: "done" },
        { service: id("redis"), until: "healthy" },
        ...(flavor === null ? [] : [{ service: id("storage"), until: "healthy" as const }]),
      ],
      published: onThisMachine(3001, SERVER_PORT),
      ...scratchOf("scratch"),
      ...built,
    },
  });
  return [
    { ...database(id("postgres"), HOST), published: onThisMachine(5432) },
    { ...redis({ id: id("redis"), host: HOST, prefix: name }), published: onThisMachine(6379) },
    ...storeServices(options, flavor),
    {
      ...migrations(options, { id: id("migrate"), host: HOST, wired }),
      limits: { memoryMib: 256, processors: 0.5 },
      after: [{ service: id("postgres"), until: "healthy" }],
      ...built,
    },
    server,
    {
      ...studioContainer(options, { id: id("frontend"), host: HOST, apiUrl: "http://localhost:3001" }),
      ...built,
      build: { context: "{COOLY_SOURCES=../..}", dockerfile: "apps/frontend/Dockerfile" },
      published: onThisMachine(3000, SERVER_PORT),
    },
  ];
}

function links(options: Options, flavor: Flavor | null): readonly Link[] {
  const link = linksOver(options, "private");
  return [
    link("server", "postgres:5432", "everything"),
    link("migrate", "postgres:5432", "everything"),
    link("server", "redis:6379", "messages"),
    ...(flavor === null ? [] : [link("server", `storage:${storePorts[flavor].s3}`, "media")]),
  ];
}

const volumes = (flavor: Flavor | null): readonly Volume[] => [
  { id: "postgres", host: HOST, says: "The database.", precious: false },
  { id: "redis", host: HOST, says: "Messages of the queue.", precious: false },
  { id: "scratch", host: HOST, says: "Results on their way to storage, and uploads while they are looked at.", precious: false },
  ...(flavor === null ? [] : storeVolumes(flavor, HOST)),
];
