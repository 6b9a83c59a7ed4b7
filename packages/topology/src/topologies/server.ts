/** Processes of ours, as containers. What each may know of the world is what its roles read, and nothing else. */
import { variables, type RoleName, type Variable } from "../environment/variables.ts";
import type { Options } from "../schema/options.ts";
import type { ServiceDraft } from "../schema/topology.ts";

/** In the image. */
const HOME = "/var/lib/cooly";
/** Whom the image runs as, by number: a platform that insists on not-root can only see numbers. */
export const USER = "10001:10001";
export const SERVER_PORT = 3000;

const ALIVE = (path: string): ServiceDraft["health"] => ({ by: "command", words: ["node", "/app/tools/image/alive.mjs", path] });

/** What a container has no use for: it names its roles, and keeps media in a bucket. */
const UNWANTED = new Set([
  "COOLY_HOME",
  "COOLY_PORT",
  "PORT",
  "HOST",
  "QUEUE_DRIVER",
  "STORAGE_DRIVER",
  "STORAGE_DIR",
  "STORAGE_FALLBACK_DRIVER",
  "STORAGE_FALLBACK_DIR",
  "SCRATCH_DIR",
  "SIMULATOR_URL",
  "SIMULATOR_SECRET",
  "START_GEN_WORKER",
  "START_OUTBOX_RELAY",
  "ENABLE_CAPTURE_WORKER",
  "ENABLE_SESSION_SWEEPER",
  "SQS_MAIN_QUEUE_URL",
  "SQS_DLQ_QUEUE_URL",
  "SQS_ENDPOINT",
  "AWS_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "DATABASE_DIRECT_URL",
]);

type Environment = Readonly<Record<string, string>>;

const readBy = ({ roles }: Variable, wanted: readonly RoleName[]): boolean => roles.some((role) => wanted.includes(role));

/** Of what the topology wires, what these roles read. */
export function wiredFor(roles: readonly RoleName[], wired: Environment): Environment {
  const read = (variables as readonly Variable[]).filter((variable) => readBy(variable, roles) && wired[variable.name] !== undefined);
  return Object.fromEntries(read.map(({ name }) => [name, wired[name]!]));
}

/** Variables that these roles read and an operator may set, and which the topology leaves to them. */
export function optionalFor(roles: readonly RoleName[], taken: Environment): Environment {
  const open = (variables as readonly Variable[]).filter(
    (variable) => readBy(variable, roles) && !UNWANTED.has(variable.name) && taken[variable.name] === undefined,
  );
  return Object.fromEntries(open.map(({ name }) => [name, `{${name}?}`]));
}

export const serverImage = ({ registry, tag }: Options) => ({ variable: "SERVER_IMAGE", name: `${registry}/cooly-server:${tag}` });
export const frontendImage = ({ registry, tag }: Options) => ({ variable: "FRONTEND_IMAGE", name: `${registry}/cooly-frontend:${tag}` });

/** What every container of ours gives up. */
export const hardened = { user: USER, readOnly: true, tmpfs: ["/tmp"] } as const satisfies Partial<ServiceDraft>;

export interface ServerDraft {
  readonly id: string;
  readonly host: string;
  readonly roles: readonly RoleName[];
  readonly says: string;
  readonly wired: Environment;
  readonly pool: number;
  readonly more?: Partial<ServiceDraft>;
}

/** One process of ours in a container of a machine of one's own. */
export function serverContainer(options: Options, { id, host, roles, says, wired, pool, more = {} }: ServerDraft): ServiceDraft {
  const given = { ...wiredFor(roles, wired), DATABASE_POOL_MAX: String(pool) };
  return {
    id,
    host,
    says,
    kind: roles.includes("api") ? "web" : "worker",
    image: serverImage(options),
    roles: [...roles],
    command: ["cooly", "serve", "--roles", roles.join(",")],
    port: SERVER_PORT,
    health: ALIVE("/healthz"),
    sessions: pool + 1,
    ...hardened,
    tmpfs: [...hardened.tmpfs],
    environment: { NODE_ENV: "production", ...given, ...optionalFor(roles, given) },
    stopSeconds: 30,
    ...more,
  };
}

/** Where results lie on their way to storage: on a disk, as they may be large. */
export const scratchOf = (volume: string): Partial<ServiceDraft> => ({ volumes: [{ volume, path: HOME }] });

/** Brings the schema up, once, before anything else starts. */
export function migrations(options: Options, { id, host, wired }: Pick<ServerDraft, "id" | "host" | "wired">): ServiceDraft {
  const database = Object.fromEntries(["DATABASE_URL"].map((name) => [name, wired[name]!]));
  return {
    id,
    host,
    kind: "task",
    says: "Brings the database's schema up to this version, and ends.",
    image: serverImage(options),
    command: ["cooly", "migrate"],
    sessions: 2,
    ...hardened,
    tmpfs: [...hardened.tmpfs],
    environment: { NODE_ENV: "production", ...database, LOG_LEVEL: "{LOG_LEVEL?}" },
    stopSeconds: 60,
  };
}

/** The studio. It knows one thing: where the API is. */
export function studioContainer(options: Options, { id, host, apiUrl }: { readonly id: string; readonly host: string; readonly apiUrl: string }): ServiceDraft {
  return {
    id,
    host,
    kind: "web",
    says: "The studio (Next.js). It asks no database, and learns at runtime where the API is.",
    image: frontendImage(options),
    port: SERVER_PORT,
    health: ALIVE("/runtime-config"),
    limits: { memoryMib: 512, processors: 1 },
    ...hardened,
    tmpfs: ["/tmp", "/app/apps/frontend/.next/cache"],
    environment: { NODE_ENV: "production", API_URL: apiUrl },
    stopSeconds: 15,
  };
}
