/** What keeps things, on a machine of one's own: PostgreSQL, Redis, and an S3 server. */
import { storePorts } from "../environment/parts.ts";
import type { Options } from "../schema/options.ts";
import type { ServiceDraft, Volume } from "../schema/topology.ts";
import { serverImage, USER } from "./server.ts";

export const DATABASE_SESSIONS = 100;

export function database(id: string, host: string): ServiceDraft {
  return {
    id,
    host,
    kind: "store",
    says: "PostgreSQL. Everything that must not be lost, but media, is in here.",
    image: { variable: "POSTGRES_IMAGE", name: "postgres:17" },
    command: ["postgres", "-c", `max_connections=${DATABASE_SESSIONS}`, "-c", "shared_buffers=256MB", "-c", "idle_in_transaction_session_timeout=10min"],
    port: 5432,
    // By TCP: while the image prepares a new database, a server without TCP answers on its socket.
    health: { by: "command", words: ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "cooly", "-d", "cooly"] },
    limits: { memoryMib: 1024, processors: 2 },
    capacity: DATABASE_SESSIONS,
    user: "postgres",
    readOnly: true,
    tmpfs: ["/tmp", "/var/run/postgresql"],
    volumes: [{ volume: "postgres", path: "/var/lib/postgresql/data" }],
    environment: { POSTGRES_USER: "cooly", POSTGRES_DB: "cooly", POSTGRES_PASSWORD: "{POSTGRES_PASSWORD}" },
    stopSeconds: 60,
  };
}

const RIGHTS = "&* +@all -@admin -@dangerous +info +client|setname";
/** What names keys without being asked for one: a user's pattern does not hold there. */
const UNLISTED = "-scan -randomkey";

/** From stdin, as a command line is read by everybody on the machine. */
const redisSettings = (prefix: string, cacheUser: boolean): string => `exec redis-server - <<END
port 6379
bind * -::*
protected-mode no
dir /data
appendonly yes
maxmemory 256mb
maxmemory-policy noeviction
user default off
user cooly on >$REDIS_PASSWORD ~${prefix}:* ${RIGHTS}
${cacheUser ? `user cache on >$CACHE_PASSWORD ~${prefix}:cache:* ${RIGHTS} ${UNLISTED}\n` : ""}END
`;

export interface RedisPlace {
  readonly id: string;
  readonly host: string;
  readonly prefix: string;
  /** Whether an API elsewhere keeps sessions here, as a user that cannot touch the queue. */
  readonly cacheUser?: boolean;
}

export function redis({ id, host, prefix, cacheUser = false }: RedisPlace): ServiceDraft {
  return {
    id,
    host,
    kind: "store",
    says: "Redis: messages of the queue. It never evicts, writes what it holds to disk, and its users see keys of this installation alone.",
    image: { variable: "REDIS_IMAGE", name: "redis:7" },
    command: ["sh", "-c", redisSettings(prefix, cacheUser)],
    port: 6379,
    health: { by: "command", words: ["sh", "-c", 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli --user cooly ping | grep -q PONG'] },
    limits: { memoryMib: 512, processors: 1 },
    user: "redis",
    readOnly: true,
    tmpfs: ["/tmp"],
    volumes: [{ volume: "redis", path: "/data" }],
    environment: { REDIS_PASSWORD: "{REDIS_PASSWORD}", ...(cacheUser && { CACHE_PASSWORD: "{CACHE_PASSWORD}" }) },
    stopSeconds: 30,
  };
}

export type Flavor = "garage" | "seaweedfs";

interface StorePlace {
  readonly id: string;
  readonly host: string;
  /** The studio's origin, for servers that answer browsers' questions before an upload by themselves. */
  readonly origin: string;
}

export const objectStore = (flavor: Flavor, place: StorePlace): ServiceDraft => (flavor === "garage" ? garage(place) : seaweedfs(place));

/** The key pair and the bucket are made at the first start, of what the variables say. */
function garage({ id, host }: StorePlace): ServiceDraft {
  return {
    id,
    host,
    kind: "store",
    says: "Garage: the S3 server that keeps media.",
    image: { variable: "S3_IMAGE", name: "dxflrs/garage:v2.4.1" },
    command: ["/garage", "server", "--single-node", "--default-bucket"],
    port: storePorts.garage.s3,
    health: { by: "command", words: ["/garage", "status"] },
    limits: { memoryMib: 512, processors: 1 },
    user: USER,
    readOnly: true,
    tmpfs: ["/tmp"],
    volumes: [
      { volume: "s3-settings", path: "/etc/garage" },
      { volume: "s3-meta", path: "/var/lib/garage/meta" },
      { volume: "s3-media", path: "/var/lib/garage/data" },
    ],
    environment: {
      GARAGE_CONFIG_FILE: "/etc/garage/garage.toml",
      GARAGE_DEFAULT_ACCESS_KEY: "{S3_ACCESS_KEY_ID}",
      GARAGE_DEFAULT_SECRET_KEY: "{S3_SECRET_ACCESS_KEY}",
      GARAGE_DEFAULT_BUCKET: "{S3_BUCKET_NAME=cooly-media}",
      GARAGE_ADMIN_TOKEN: "{GARAGE_ADMIN_TOKEN}",
      GARAGE_RPC_SECRET: "{GARAGE_RPC_SECRET}",
    },
    stopSeconds: 30,
  };
}

function seaweedfs({ id, host, origin }: StorePlace): ServiceDraft {
  const quiet = ["-webdav=false", "-master.telemetry=false", "-s3.port.iceberg=0", "-filer.exposeDirectoryData=false"];
  return {
    id,
    host,
    kind: "store",
    says: "SeaweedFS: the S3 server that keeps media.",
    image: { variable: "S3_IMAGE", name: "chrislusf/seaweedfs:4.48" },
    entrypoint: ["/usr/bin/weed"],
    command: ["mini", "-dir=/data", "-ip.bind=0.0.0.0", `-s3.allowedOrigins=${origin}`, ...quiet],
    port: storePorts.seaweedfs.s3,
    health: { by: "command", words: ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8333/healthz"] },
    limits: { memoryMib: 1024, processors: 1 },
    user: "1000:1000",
    readOnly: true,
    tmpfs: ["/tmp"],
    volumes: [{ volume: "s3-media", path: "/data" }],
    environment: { AWS_ACCESS_KEY_ID: "{S3_ACCESS_KEY_ID}", AWS_SECRET_ACCESS_KEY: "{S3_SECRET_ACCESS_KEY}", S3_BUCKET: "{S3_BUCKET_NAME=cooly-media}" },
    stopSeconds: 30,
  };
}

export function storeVolumes(flavor: Flavor, host: string): readonly Volume[] {
  const media: Volume = { id: "s3-media", host, says: "Media.", precious: true };
  if (flavor === "seaweedfs") return [media];
  return [
    media,
    { id: "s3-meta", host, says: "What Garage knows of them.", precious: true },
    { id: "s3-settings", host, says: "Garage's settings, made at each start.", precious: false },
  ];
}

const garageSettings = `metadata_dir = "/var/lib/garage/meta"
data_dir = "/var/lib/garage/data"
db_engine = "sqlite"
metadata_auto_snapshot_interval = "6h"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:3901"
rpc_public_addr = "127.0.0.1:3901"

[s3_api]
s3_region = "garage"
api_bind_addr = "0.0.0.0:3900"

[admin]
api_bind_addr = "0.0.0.0:3903"
metrics_require_token = true
`;

/** Garage's image holds one program and no shell, and a new volume belongs to root. */
const SETTLE = `const { chownSync, writeFileSync } = require("node:fs");
for (const folder of process.argv.slice(1)) chownSync(folder, 10001, 10001);
if (process.env.GARAGE_SETTINGS) writeFileSync("/volumes/s3-settings/garage.toml", process.env.GARAGE_SETTINGS);
`;

interface Preparation {
  readonly id: string;
  readonly host: string;
  readonly flavor: Flavor | null;
  /** Volumes that will be written by a user that is not root. */
  readonly volumes: readonly string[];
}

/** Gives volumes to those who will write them. The one container that is root has no network, and ends at once. */
export function preparation(options: Options, { id, host, flavor, volumes }: Preparation): ServiceDraft {
  const owned = [...volumes, ...(flavor === "garage" ? ["s3-meta", "s3-media"] : [])];
  const seen = [...owned, ...(flavor === "garage" ? ["s3-settings"] : [])];
  return {
    id,
    host,
    kind: "task",
    says: "Gives new volumes to the users that write them, and ends. It is root, and therefore has no network.",
    image: serverImage(options),
    entrypoint: ["node", "-e"],
    command: [SETTLE, ...owned.map((volume) => `/volumes/${volume}`)],
    user: "0:0",
    readOnly: true,
    capabilities: ["CHOWN"],
    volumes: seen.map((volume) => ({ volume, path: `/volumes/${volume}` })),
    environment: flavor === "garage" ? { GARAGE_SETTINGS: garageSettings } : {},
    limits: { memoryMib: 128, processors: 1 },
  };
}
