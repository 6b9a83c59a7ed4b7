/** Everything on one machine of one's own: by Dokploy, or by Docker alone with the profile `traefik`. */
import { databaseUrl, redisUrl, storePorts, storeRegions } from "../environment/parts.ts";
import { costItems } from "../plan/cost-items.ts";
import { namesOf, near, type Options } from "../schema/options.ts";
import type { Address, Link, ServiceDraft, Topology, Volume } from "../schema/topology.ts";
import { proxy } from "./proxy.ts";
import { migrations, scratchOf, SERVER_PORT, serverContainer, studioContainer } from "./server.ts";
import { database, objectStore, preparation, redis, storeVolumes, type Flavor } from "./stores.ts";
import { addressIn, draftTopology, linksOver } from "./draft.ts";

const HOST = "vps";

export function vps(options: Options): Topology {
  const flavor = storeOf(options);
  return draftTopology(options, {
    kind: "vps",
    hosts: [
      { id: HOST, platform: "vps", region: "", says: "One machine with Docker; 4 processors and 8 GiB carry some hundred people a day." },
      {
        id: "backblaze",
        platform: "backblaze",
        region: "",
        says: `B2, or any other S3 server: ${flavor ? "copies of media and of the database" : "media, and copies of the database"}.`,
      },
    ],
    services: services(options, flavor),
    addresses: addresses(options, flavor),
    networks: [
      { id: "edge", internal: true, says: "The proxy, and those it passes requests to." },
      { id: "inside", internal: true, says: "Ours and what keeps things. Nothing on it reaches the internet by it." },
      { id: "outside", internal: false, says: "For those that call others: providers, certificates." },
    ],
    links: links(options, flavor),
    volumes: volumes(flavor),
    costs: costItems.vps({ ...options, region: near[options.region].servers }),
  });
}

const storeOf = ({ objectStore: chosen = "garage" }: Options): Flavor | null => (chosen === "external" ? null : chosen);

function wiredOf({ name }: Options, flavor: Flavor | null): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: databaseUrl(`${name}-postgres`),
    REDIS_URL: redisUrl(`${name}-redis`),
    QUEUE_PREFIX: name,
    AUTH_SECRET: "{AUTH_SECRET}",
    PUBLIC_URL: "https://{API_DOMAIN}",
    FRONTEND_URL: "https://{DOMAIN}",
    COOKIE_DOMAIN: "{DOMAIN}",
    TRUSTED_PROXY_HOPS: "{TRUSTED_PROXY_HOPS=1}",
    ...storeWiring(name, flavor),
  };
}

function storeWiring(name: string, flavor: Flavor | null): Readonly<Record<string, string>> {
  const key = { S3_ACCESS_KEY_ID: "{S3_ACCESS_KEY_ID}", S3_SECRET_ACCESS_KEY: "{S3_SECRET_ACCESS_KEY}" };
  if (!flavor) return { ...key, S3_ENDPOINT: "{S3_ENDPOINT}", S3_BUCKET_NAME: "{S3_BUCKET_NAME}", S3_REGION: "{S3_REGION}" };
  return {
    ...key,
    S3_ENDPOINT: `{S3_ENDPOINT=http://${name}-storage:${storePorts[flavor].s3}}`,
    S3_PUBLIC_ENDPOINT: "https://{MEDIA_DOMAIN}",
    S3_BUCKET_NAME: "{S3_BUCKET_NAME=cooly-media}",
    S3_REGION: `{S3_REGION=${storeRegions[flavor]}}`,
  };
}

function services(options: Options, flavor: Flavor | null): readonly ServiceDraft[] {
  const { name } = options;
  const at = { host: HOST };
  const id = (part: string): string => `${name}-${part}`;
  const wired = wiredOf(options, flavor);
  const ready: ServiceDraft["after"] = [
    { service: id("migrate"), until: "done" },
    { service: id("redis"), until: "healthy" },
    ...(flavor ? [{ service: id("storage"), until: "healthy" as const }] : []),
  ];
  // An S3 server elsewhere is reached over the internet.
  const media = flavor ? ["inside"] : ["inside", "outside"];
  const worker = (part: string, draft: Pick<Parameters<typeof serverContainer>[1], "roles" | "says" | "pool" | "more">): ServiceDraft =>
    serverContainer(options, { ...at, id: id(part), wired, ...draft, more: { after: ready, ...draft.more } });
  return [
    ...studioAndApi(options, wired, ready),
    worker("relay", {
      roles: ["relay"],
      pool: 4,
      says: "The outbox relay: hands accepted work to the queue.",
      more: { networks: ["inside"], limits: { memoryMib: 384, processors: 0.5 } },
    }),
    worker("gen", {
      roles: ["gen"],
      pool: 10,
      says: "The gen worker: drives providers, and stores what they make.",
      more: { networks: ["inside", "outside"], limits: { memoryMib: 1536, processors: 2 }, ...scratchOf("scratch-gen") },
    }),
    worker("capture", {
      roles: ["capture"],
      pool: 4,
      says: "The capture worker: settles what no gen worker was there to settle, and proves the books.",
      more: { networks: ["inside", "outside"], limits: { memoryMib: 512, processors: 0.5 }, ...scratchOf("scratch-capture") },
    }),
    worker("sweeper", {
      roles: ["sweeper"],
      pool: 4,
      says: "The session sweeper: puts back on its way whatever is past its time.",
      more: { networks: media, limits: { memoryMib: 384, processors: 0.5 } },
    }),
    {
      ...migrations(options, { ...at, id: id("migrate"), wired }),
      networks: ["inside"],
      limits: { memoryMib: 256, processors: 0.5 },
      after: [{ service: id("postgres"), until: "healthy" }],
    },
    { ...database(id("postgres"), HOST), networks: ["inside"] },
    { ...redis({ ...at, id: id("redis"), prefix: name }), networks: ["inside"] },
    ...storeServices(options, flavor),
    {
      ...proxy({
        ...at,
        id: id("traefik"),
        networks: ["edge", "outside"],
        environment: proxyEnvironment(flavor),
        cache: false,
        challenge: "http",
        profile: "traefik",
      }),
      after: [{ service: id("prepare"), until: "done" }],
    },
  ];
}

function studioAndApi(options: Options, wired: Readonly<Record<string, string>>, ready: ServiceDraft["after"]): ServiceDraft[] {
  const { name } = options;
  return [
    { ...studioContainer(options, { id: `${name}-frontend`, host: HOST, apiUrl: "https://{API_DOMAIN}" }), networks: ["edge"] },
    serverContainer(options, {
      id: `${name}-api`,
      host: HOST,
      roles: ["api"],
      wired,
      pool: 15,
      says: "The API: accepts, answers, streams.",
      more: { networks: ["edge", "inside", "outside"], limits: { memoryMib: 768, processors: 1 }, after: ready ?? [], ...scratchOf("scratch-api") },
    }),
  ];
}

function storeServices(options: Options, flavor: Flavor | null): readonly ServiceDraft[] {
  const id = `${options.name}-prepare`;
  const prepared = preparation(options, { id, host: HOST, flavor, volumes: ["certificates"] });
  if (!flavor) return [prepared];
  const store = objectStore(flavor, { id: `${options.name}-storage`, host: HOST, origin: "https://{DOMAIN}" });
  return [prepared, { ...store, networks: ["edge", "inside"], after: [{ service: id, until: "done" }] }];
}

const proxyEnvironment = (flavor: Flavor | null): Readonly<Record<string, string>> => ({
  DOMAIN: "{DOMAIN}",
  API_DOMAIN: "{API_DOMAIN}",
  ...(flavor && { MEDIA_DOMAIN: "{MEDIA_DOMAIN}", CONSOLE_DOMAIN: "{CONSOLE_DOMAIN}" }),
  ...(flavor === "seaweedfs" && { CONSOLE_USERS: "{CONSOLE_USERS?}" }),
});

function addresses(options: Options, flavor: Flavor | null): readonly Address[] {
  const names = namesOf(options);
  const { name } = options;
  const stored = flavor
    ? [
        addressIn(names, "media", { service: `${name}-storage`, port: storePorts[flavor].s3 }),
        addressIn(names, "console", { service: `${name}-storage`, port: storePorts[flavor].console }),
      ]
    : [];
  return [
    addressIn(names, "studio", { service: `${name}-frontend`, port: SERVER_PORT }),
    addressIn(names, "api", { service: `${name}-api`, port: SERVER_PORT }),
    ...stored,
  ];
}

function links(options: Options, flavor: Flavor | null): readonly Link[] {
  const link = linksOver(options, "private");
  const store = flavor && `storage:${storePorts[flavor].s3}`;
  return [
    link("traefik", `frontend:${SERVER_PORT}`, "pages"),
    link("traefik", `api:${SERVER_PORT}`, "requests"),
    ...["api", "relay", "gen", "capture", "sweeper", "migrate"].map((from) => link(from, "postgres:5432", "everything")),
    ...["relay", "gen"].map((from) => link(from, "redis:6379", "messages")),
    link("api", "redis:6379", "sessions and rate limits"),
    ...(store === null ? [] : [...["api", "gen", "capture", "sweeper"].map((from) => link(from, store, "media")), link("traefik", store, "links to media")]),
  ];
}

const volumes = (flavor: Flavor | null): readonly Volume[] => [
  { id: "postgres", host: HOST, says: "The database.", precious: true },
  { id: "redis", host: HOST, says: "Messages of the queue; what is lost is announced again.", precious: false },
  { id: "scratch-api", host: HOST, says: "Uploads while they are looked at.", precious: false },
  { id: "scratch-gen", host: HOST, says: "Results on their way to storage.", precious: false },
  { id: "scratch-capture", host: HOST, says: "The same, of the capture worker.", precious: false },
  { id: "certificates", host: HOST, says: "What Let's Encrypt gave.", precious: false },
  ...(flavor ? storeVolumes(flavor, HOST) : []),
];
