/**
 * Studio, API and database at Render, workers on a machine of one's own. The API writes the outbox and needs no Redis, so
 * that machine only dials out, unless the operator chooses otherwise.
 */
import { RENDER_HOPS, redisUrl, storePorts, storeRegions } from "../environment/parts.ts";
import { costItems } from "../plan/cost-items.ts";
import { namesOf, near, type Options } from "../schema/options.ts";
import type { Link, Network, ServiceDraft, Topology, Volume } from "../schema/topology.ts";
import { addressIn, draftTopology, linksOver } from "./draft.ts";
import { RENDER_PORT } from "./managed.ts";
import { proxy } from "./proxy.ts";
import { scratchOf, serverContainer, wiredFor } from "./server.ts";
import { DATABASE_SESSIONS, objectStore, preparation, redis, storeVolumes, type Flavor } from "./stores.ts";

const VPS = "vps";
const RENDER = "render";
/** What the tunnel's machine at Render is called among those of the tailnet, where a second installation may be too. */
const tunnelName = (name: string): string => `${name}-database`;

interface Choice extends Options {
  readonly flavor: Flavor | null;
  /** The VPS's Redis keeps sessions for the API. */
  readonly serves: boolean;
  readonly tunneled: boolean;
}

const choose = (options: Options): Choice => ({
  ...options,
  flavor: options.objectStore === undefined || options.objectStore === "external" ? null : options.objectStore,
  serves: options.network === "tls" || options.network === "allowlist",
  tunneled: options.network === "tunnel",
});

export function hybrid(options: Options): Topology {
  const choice = choose(options);
  return draftTopology(options, {
    kind: "hybrid",
    hosts: [
      { id: RENDER, platform: "render", region: options.region, says: "The studio, the API and the database." },
      { id: VPS, platform: "vps", region: "", says: "The workers, and what only they need. Near Render's region: every step of a job asks the database." },
      { id: "backblaze", platform: "backblaze", region: "", says: `B2, or any other S3 server: ${choice.flavor ? "copies of " : ""}media.` },
    ],
    services: [...onRender(choice), ...onVps(choice)],
    addresses: addresses(choice),
    networks: networks(choice),
    links: links(choice),
    volumes: volumes(choice),
    costs: costItems.hybrid({ ...options, region: near[options.region].servers }),
  });
}

function media({ flavor, name }: Choice, inside: boolean): Readonly<Record<string, string>> {
  const key = { S3_ACCESS_KEY_ID: "{S3_ACCESS_KEY_ID}", S3_SECRET_ACCESS_KEY: "{S3_SECRET_ACCESS_KEY}" };
  if (!flavor) return { ...key, S3_ENDPOINT: "{S3_ENDPOINT}", S3_BUCKET_NAME: "{S3_BUCKET_NAME}", S3_REGION: "{S3_REGION}" };
  const near = { S3_ENDPOINT: `http://${name}-storage:${storePorts[flavor].s3}`, S3_PUBLIC_ENDPOINT: "https://{MEDIA_DOMAIN}" };
  return {
    ...key,
    S3_BUCKET_NAME: "{S3_BUCKET_NAME=cooly-media}",
    S3_REGION: storeRegions[flavor],
    ...(inside ? near : { S3_ENDPOINT: "https://{MEDIA_DOMAIN}" }),
  };
}

function onRender(choice: Choice): readonly ServiceDraft[] {
  const { name, domain } = choice;
  const names = namesOf(choice);
  const atRender = (environment: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, value.replace("{MEDIA_DOMAIN}", names.media.name).replace(/^\{S3_BUCKET_NAME=(.*)\}$/, "$1")]),
    );
  const wired = atRender({
    DATABASE_URL: `@${name}-database`,
    AUTH_SECRET: "{AUTH_SECRET}",
    METRICS_TOKEN: "{METRICS_TOKEN}",
    PUBLIC_URL: `https://${names.api.name}`,
    FRONTEND_URL: `https://${names.studio.name}`,
    COOKIE_DOMAIN: domain,
    TRUSTED_PROXY_HOPS: String(RENDER_HOPS),
    ...(choice.serves && { CACHE_URL: "{CACHE_URL}", QUEUE_PREFIX: name }),
    ...media(choice, false),
  });
  const small = { host: RENDER, plan: "0.5c-512mb" } as const;
  return [
    {
      ...small,
      id: `${name}-frontend`,
      kind: "web",
      says: "The studio (Next.js).",
      build: { context: ".", dockerfile: "./apps/frontend/Dockerfile" },
      port: RENDER_PORT,
      health: { by: "http", path: "/runtime-config" },
      environment: { NODE_ENV: "production", API_URL: `https://${names.api.name}` },
      stopSeconds: 30,
    },
    {
      ...small,
      id: `${name}-api`,
      kind: "web",
      says: "The API. It writes the outbox and knows no broker. Migrations run before it is replaced.",
      build: { context: ".", dockerfile: "./Dockerfile" },
      roles: ["api"],
      command: ["cooly", "serve", "--roles", "api"],
      port: RENDER_PORT,
      health: { by: "http", path: "/healthz" },
      sessions: 11,
      scaling: { min: 1, max: 1 },
      environment: { NODE_ENV: "production", ...wiredFor(["api"], wired), DATABASE_POOL_MAX: "10" },
      stopSeconds: 60,
    },
    { id: `${name}-database`, host: RENDER, kind: "store", says: "PostgreSQL.", plan: "0.5c-1g", port: 5432, capacity: DATABASE_SESSIONS },
    ...(choice.tunneled ? [tunnelAtRender(choice)] : []),
  ];
}

function tunnelAtRender({ name }: Choice): ServiceDraft {
  return {
    id: `${name}-tunnel`,
    host: RENDER,
    kind: "tunnel",
    says: "Tailscale: what the workers reach the database through. It opens no port.",
    plan: "0.5c-512mb",
    build: { context: "./deploy/hybrid/tunnel", dockerfile: "./deploy/hybrid/tunnel/Dockerfile" },
    command: ["tunnel", "in"],
    environment: { TUNNEL_NAME: tunnelName(name), TS_AUTHKEY: "{TS_AUTHKEY}", DATABASE_HOST: `@${name}-database.host` },
    stopSeconds: 30,
  };
}

function onVps(choice: Choice): readonly ServiceDraft[] {
  const { name, serves, flavor, tunneled } = choice;
  const id = (part: string): string => `${name}-${part}`;
  const wired = {
    DATABASE_URL: tunneled ? `postgres://cooly:{DATABASE_PASSWORD}@${id("tunnel-vps")}:5432/cooly` : "{DATABASE_URL}",
    REDIS_URL: redisUrl(id("redis")),
    QUEUE_PREFIX: name,
    AUTH_SECRET: "{AUTH_SECRET}",
    PUBLIC_URL: "https://{API_DOMAIN}",
    ...media(choice, true),
  };
  const waits: NonNullable<ServiceDraft["after"]> = [
    { service: id("redis"), until: "healthy" },
    ...(flavor ? [{ service: id("storage"), until: "healthy" as const }] : []),
    ...(tunneled ? [{ service: id("tunnel-vps"), until: "healthy" as const }] : []),
  ];
  const worker = (part: string, draft: Pick<Parameters<typeof serverContainer>[1], "roles" | "says" | "pool" | "more">): ServiceDraft =>
    serverContainer(choice, { id: id(part), host: VPS, wired, ...draft, more: { networks: ["inside", "outside"], after: waits, ...draft.more } });
  return [
    worker("relay", {
      roles: ["relay"],
      pool: 3,
      says: "The outbox relay: hands accepted work to the queue.",
      more: { limits: { memoryMib: 384, processors: 0.5 } },
    }),
    worker("gen", {
      roles: ["gen"],
      pool: 10,
      says: "The gen worker: drives providers, and stores what they make.",
      more: { limits: { memoryMib: 1536, processors: 2 }, ...scratchOf("scratch-gen") },
    }),
    worker("capture", {
      roles: ["capture"],
      pool: 3,
      says: "The capture worker: settles what no gen worker was there to settle, and proves the books.",
      more: { limits: { memoryMib: 512, processors: 0.5 }, ...scratchOf("scratch-capture") },
    }),
    worker("sweeper", {
      roles: ["sweeper"],
      pool: 3,
      says: "The session sweeper: puts back on its way whatever is past its time.",
      more: { limits: { memoryMib: 384, processors: 0.5 } },
    }),
    { ...redis({ id: id("redis"), host: VPS, prefix: name, cacheUser: serves }), networks: serves ? ["inside", "edge"] : ["inside"] },
    ...(serves || flavor ? front(choice) : []),
    ...(tunneled ? [tunnelOnVps(choice)] : []),
  ];
}

function tunnelOnVps({ name }: Choice): ServiceDraft {
  return {
    id: `${name}-tunnel-vps`,
    host: VPS,
    kind: "tunnel",
    says: "Tailscale: listens for the workers, and goes on to the database through the tailnet. It needs no right of the host.",
    build: { context: "./tunnel", dockerfile: "Dockerfile" },
    command: ["tunnel", "out"],
    port: 5432,
    health: { by: "command", words: ["tunnel", "healthy"] },
    limits: { memoryMib: 256, processors: 0.5 },
    user: "10001:10001",
    readOnly: true,
    tmpfs: ["/tmp"],
    networks: ["inside", "outside"],
    environment: { TUNNEL_NAME: tunnelName(name), TS_AUTHKEY: "{TS_AUTHKEY}" },
    stopSeconds: 20,
  };
}

/** What the VPS shows the world, where it shows anything. */
function front(choice: Choice): readonly ServiceDraft[] {
  const { name, flavor, serves } = choice;
  const id = `${name}-prepare`;
  const after: NonNullable<ServiceDraft["after"]> = [{ service: id, until: "done" }];
  const environment = { ...(flavor && { MEDIA_DOMAIN: "{MEDIA_DOMAIN}" }), ...(serves && { CACHE_DOMAIN: "{CACHE_DOMAIN}" }) };
  return [
    preparation(choice, { id, host: VPS, flavor, volumes: ["certificates"] }),
    ...(flavor ? [{ ...objectStore(flavor, { id: `${name}-storage`, host: VPS, origin: "https://{DOMAIN}" }), networks: ["edge", "inside"], after }] : []),
    { ...proxy({ id: `${name}-traefik`, host: VPS, networks: ["edge", "outside"], environment, cache: serves, challenge: "tls" }), after },
  ];
}

function addresses(choice: Choice): Topology["addresses"] {
  const names = namesOf(choice);
  const { name, flavor, serves } = choice;
  return [
    addressIn(names, "studio", { service: `${name}-frontend`, port: RENDER_PORT }),
    addressIn(names, "api", { service: `${name}-api`, port: RENDER_PORT }),
    ...(flavor ? [addressIn(names, "media", { service: `${name}-storage`, port: storePorts[flavor].s3 })] : []),
    ...(serves ? [addressIn(names, "cache", { service: `${name}-redis`, port: 6379 })] : []),
  ];
}

const networks = ({ flavor, serves }: Choice): readonly Network[] => [
  { id: "inside", internal: true, says: "The workers and what they need. Nothing on it reaches the internet by it." },
  { id: "outside", internal: false, says: "For those that call others: the database, providers." },
  ...(flavor || serves ? [{ id: "edge", internal: true, says: "The proxy, and those it passes requests to." }] : []),
];

function links(choice: Choice): readonly Link[] {
  const { flavor, serves, tunneled, network } = choice;
  const inside = linksOver(choice, "private");
  const byTls = linksOver(choice, "tls");
  const workers = ["relay", "gen", "capture", "sweeper"];
  const toDatabase = tunneled
    ? [
        ...workers.map((from) => inside(from, "tunnel-vps:5432", "everything")),
        linksOver(choice, "tunnel")("tunnel-vps", "tunnel:5432", "everything"),
        inside("tunnel", "database:5432", "everything that comes through the tunnel"),
      ]
    : workers.map((from) => byTls(from, "database:5432", "everything; the database lets in the VPS's address alone"));
  return [
    inside("api", "database:5432", "everything"),
    ...toDatabase,
    ...["relay", "gen"].map((from) => inside(from, "redis:6379", "messages")),
    ...(serves ? [linksOver(choice, network === "allowlist" ? "allowlist" : "tls")("api", "redis:6380", "sessions and rate limits")] : []),
    ...(flavor ? ["gen", "capture", "sweeper"].map((from) => inside(from, `storage:${storePorts[flavor].s3}`, "media")) : []),
    ...(flavor ? [byTls("api", "storage:443", "media")] : []),
  ];
}

const volumes = ({ flavor, serves }: Choice): readonly Volume[] => [
  { id: "redis", host: VPS, says: "Messages of the queue; what is lost is announced again.", precious: false },
  { id: "scratch-gen", host: VPS, says: "Results on their way to storage.", precious: false },
  { id: "scratch-capture", host: VPS, says: "The same, of the capture worker.", precious: false },
  ...(flavor || serves ? [{ id: "certificates", host: VPS, says: "What Let's Encrypt gave.", precious: false }] : []),
  ...(flavor ? storeVolumes(flavor, VPS) : []),
];
