/** Nothing to look after: Vercel, Render, Supabase, SQS, Upstash and Backblaze B2. */
import { MANAGED_POOL, RENDER_HOPS } from "../environment/parts.ts";
import { costItems } from "../plan/cost-items.ts";
import { namesOf, near, type Options } from "../schema/options.ts";
import type { Link, ServiceDraft, Topology } from "../schema/topology.ts";
import { addressIn, draftTopology, linksOver } from "./draft.ts";
import { wiredFor } from "./server.ts";

/** What Supabase's session pooler is set to; its smallest compute gives out 60 connections in all. */
export const SUPABASE_SESSIONS = 45;
export const RENDER_PORT = 10_000;

export function managed(options: Options): Topology {
  const { region, name } = options;
  const names = namesOf(options);
  return draftTopology(options, {
    kind: "managed",
    hosts: [
      { id: "vercel", platform: "vercel", region: near[region].vercel, says: "The studio." },
      { id: "render", platform: "render", region, says: "The API and the workers." },
      { id: "supabase", platform: "supabase", region: near[region].aws, says: "PostgreSQL." },
      { id: "aws", platform: "aws", region: near[region].aws, says: "SQS: the queue." },
      { id: "upstash", platform: "upstash", region: near[region].aws, says: "Redis: sessions and rate limits." },
      { id: "backblaze", platform: "backblaze", region: near[region].b2, says: "B2: media." },
    ],
    services: services(options),
    addresses: [addressIn(names, "studio", { service: `${name}-frontend`, port: 443 }), addressIn(names, "api", { service: `${name}-api`, port: RENDER_PORT })],
    networks: [],
    links: links(options),
    volumes: [],
    costs: costItems.managed({ queue: "sqs" }),
  });
}

function wiredOf(options: Options): Readonly<Record<string, string>> {
  const { domain, region, name } = options;
  const names = namesOf(options);
  return {
    DATABASE_URL: "{DATABASE_URL}",
    AUTH_SECRET: "{AUTH_SECRET}",
    PUBLIC_URL: `https://${names.api.name}`,
    FRONTEND_URL: `https://${names.studio.name}`,
    COOKIE_DOMAIN: domain,
    TRUSTED_PROXY_HOPS: String(RENDER_HOPS),
    CACHE_URL: "{CACHE_URL}",
    QUEUE_DRIVER: "sqs",
    QUEUE_PREFIX: name,
    AWS_REGION: near[region].aws,
    AWS_ACCESS_KEY_ID: "{AWS_ACCESS_KEY_ID}",
    AWS_SECRET_ACCESS_KEY: "{AWS_SECRET_ACCESS_KEY}",
    SQS_MAIN_QUEUE_URL: "{SQS_MAIN_QUEUE_URL}",
    SQS_DLQ_QUEUE_URL: "{SQS_DLQ_QUEUE_URL}",
    // Whoever has an account at B2 has its region, whatever is near.
    S3_ENDPOINT: "{S3_ENDPOINT}",
    S3_REGION: "{S3_REGION}",
    S3_BUCKET_NAME: "{S3_BUCKET_NAME}",
    S3_ACCESS_KEY_ID: "{S3_ACCESS_KEY_ID}",
    S3_SECRET_ACCESS_KEY: "{S3_SECRET_ACCESS_KEY}",
    METRICS_TOKEN: "{METRICS_TOKEN}",
  };
}

/** Its root certificate, as a secret file: Supabase's own authority signs, which no system knows. */
const CA_FILE = "/etc/secrets/supabase-ca.crt";

interface Process {
  readonly part: string;
  readonly roles: ServiceDraft["roles"] & {};
  readonly says: string;
  readonly pool: number;
  readonly more: Partial<ServiceDraft>;
}

function onRender(options: Options, { part, roles, says, pool, more }: Process): ServiceDraft {
  const isApi = roles.includes("api");
  return {
    id: `${options.name}-${part}`,
    host: "render",
    kind: isApi ? "web" : "worker",
    says,
    build: { context: ".", dockerfile: "./Dockerfile" },
    roles,
    command: ["cooly", "serve", "--roles", roles.join(",")],
    sessions: pool + 1,
    environment: { NODE_ENV: "production", NODE_EXTRA_CA_CERTS: CA_FILE, ...wiredFor(roles, forRoles(options, roles)), DATABASE_POOL_MAX: String(pool) },
    stopSeconds: 60,
    ...(isApi && { port: RENDER_PORT, health: { by: "http", path: "/healthz" } }),
    ...more,
  };
}

/** The API knows no broker: it writes the outbox. */
function forRoles(options: Options, roles: Process["roles"]): Readonly<Record<string, string>> {
  const wired = wiredOf(options);
  if (roles.some((role) => role === "relay" || role === "gen")) return wired;
  return Object.fromEntries(Object.entries(wired).filter(([name]) => !/^(SQS_|AWS_|QUEUE_DRIVER)/.test(name)));
}

function services(options: Options): readonly ServiceDraft[] {
  const { name, apis, genWorkers } = options;
  return [
    {
      id: `${name}-frontend`,
      host: "vercel",
      kind: "web",
      says: "The studio (Next.js), a project whose root directory is apps/frontend.",
      environment: { API_URL: `https://${namesOf(options).api.name}` },
    },
    onRender(options, {
      part: "api",
      roles: ["api"],
      pool: MANAGED_POOL,
      says: "The API: accepts, answers, streams. Migrations run before it is replaced.",
      more: { plan: "1c-2g", scaling: { min: 1, max: apis } },
    }),
    onRender(options, {
      part: "gen",
      roles: ["gen"],
      pool: MANAGED_POOL,
      says: "The gen worker: drives providers, and stores what they make.",
      more: { plan: "1c-2g", scaling: { min: 1, max: genWorkers } },
    }),
    onRender(options, {
      part: "keeper",
      roles: ["relay", "capture", "sweeper"],
      pool: MANAGED_POOL,
      says: "The outbox relay, the capture worker and the session sweeper. One is enough.",
      more: { plan: "0.5c-512mb" },
    }),
    {
      id: `${name}-database`,
      host: "supabase",
      kind: "external",
      says: "PostgreSQL. Long-lived processes use the session pooler, which is reached by IPv4.",
      port: 5432,
      capacity: SUPABASE_SESSIONS,
    },
    { id: `${name}-queue`, host: "aws", kind: "external", says: "SQS: a queue and its dead letter queue.", port: 443 },
    { id: `${name}-cache`, host: "upstash", kind: "external", says: "Redis: sessions and rate limits. A fixed plan: what is asked costs nothing.", port: 6379 },
    { id: `${name}-bucket`, host: "backblaze", kind: "external", says: "B2: a private bucket with media.", port: 443 },
  ];
}

function links(options: Options): readonly Link[] {
  const link = linksOver(options, "tls");
  return [
    ...["api", "gen", "keeper"].map((from) => link(from, "database:5432", "everything")),
    ...["gen", "keeper"].map((from) => link(from, "queue:443", "messages")),
    link("api", "cache:6379", "sessions and rate limits"),
    ...["api", "gen", "keeper"].map((from) => link(from, "bucket:443", "media")),
  ];
}
