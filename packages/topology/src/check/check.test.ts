import { describe, expect, test } from "vitest";
import { variants } from "../../../../tools/pages/deploy.ts";
import { renderTopology } from "../render/index.ts";
import type { OptionsDraft } from "../schema/options.ts";
import type { TopologyKind } from "../schema/topology.ts";
import { checkDeployment, isDeployment, type DeployFile } from "./index.ts";

test.each(Object.entries(variants))("%s as it is rendered has no fault", (_name, [kind, options]) => {
  expect(checkDeployment(renderTopology(kind, options))).toEqual([]);
});

type Plant = readonly [path: string, from: string | RegExp, to: string];
interface Fault {
  readonly fault: string;
  readonly in: TopologyKind;
  readonly with?: OptionsDraft;
  readonly plant: Plant | readonly Plant[];
  readonly rule: string;
  readonly says: string;
}

function planted({ in: kind, with: options = {}, plant }: Fault): readonly DeployFile[] {
  const plants = (typeof plant[0] === "string" ? [plant] : plant) as readonly Plant[];
  return plants.reduce<readonly DeployFile[]>(
    (files, [path, from, to]) => {
      const found = files.find((file) => file.path === path);
      if (!found) return [...files, { path, text: to }];
      const text = found.text.replace(from, to);
      if (text === found.text) throw new Error(`${path} does not hold ${String(from)}: nothing was planted`);
      return files.map((file) => (file === found ? { path, text } : file));
    },
    renderTopology(kind, options),
  );
}

const PROD = "docker-compose.prod.yml";
const WORKERS = "docker-compose.workers.yml";
/** Within one service: after its name, before the next. */
const within = (service: string, text: string): RegExp => new RegExp(`(?<=^  ${service}:\\n(?:    .*\\n)*?(?:    [^\\n]*?)?)${text}`, "m");

const faults: readonly Fault[] = [
  {
    fault: "Redis published",
    in: "vps",
    plant: [PROD, within("cooly-redis", "    init: true\n"), '    init: true\n    ports:\n      - "6379:6379"\n'],
    rule: "store-exposed",
    says: "cooly-redis (Redis) is reached from the whole internet on port 6379.",
  },
  {
    fault: "Redis published on the VPS of hybrid",
    in: "hybrid",
    plant: [WORKERS, within("cooly-redis", "    init: true\n"), '    init: true\n    ports:\n      - "6379:6379"\n'],
    rule: "store-exposed",
    says: "cooly-redis (Redis) is reached from the whole internet on port 6379.",
  },
  {
    fault: "PostgreSQL published on every address, in the long form",
    in: "vps",
    plant: [PROD, within("cooly-postgres", "    init: true\n"), "    init: true\n    ports:\n      - target: 5432\n        published: 5433\n"],
    rule: "store-exposed",
    says: "cooly-postgres (PostgreSQL) is reached from the whole internet on port 5433.",
  },
  {
    fault: "the API published past the proxy",
    in: "vps",
    plant: [PROD, within("cooly-api", "    init: true\n"), '    init: true\n    ports:\n      - "3000"\n'],
    rule: "published-port",
    says: "cooly-api publishes port 3000 under a number that Docker picks to everybody.",
  },
  {
    fault: "Traefik's own pages published",
    in: "vps",
    plant: [PROD, "- 443:8443", "- 443:8443\n      - 8080:8080"],
    rule: "published-port",
    says: "cooly-traefik publishes port 8080 to everybody.",
  },
  {
    fault: "Redis passed on without TLS",
    in: "hybrid",
    with: { network: "tls" },
    plant: ["traefik/routes.yml", /\n {6}tls:\n {8}certResolver: letsencrypt/, ""],
    rule: "plain-passage",
    says: "The proxy passes cache on without TLS.",
  },
  {
    fault: "a database at Render open to everybody",
    in: "hybrid",
    plant: ["render.hybrid.yaml", "203.0.113.10/32", "0.0.0.0/0"],
    rule: "store-exposed",
    says: "cooly-database (PostgreSQL) is reached from the whole internet.",
  },
  {
    fault: "a database at Render without a list",
    in: "hybrid",
    plant: ["render.hybrid.yaml", /\n {4}ipAllowList:\n(?: {6}.*\n)+/, "\n"],
    rule: "store-exposed",
    says: "cooly-database (PostgreSQL) is reached from the whole internet.",
  },
  {
    fault: "Docker's socket given to the proxy",
    in: "vps",
    plant: [PROD, "- ./traefik:/etc/traefik/dynamic:ro", "- ./traefik:/etc/traefik/dynamic:ro\n      - /var/run/docker.sock:/var/run/docker.sock:ro"],
    rule: "whole-machine",
    says: "cooly-traefik is given the whole machine by Docker's socket.",
  },
  {
    fault: "a worker on a network without the database",
    in: "vps",
    plant: [PROD, within("cooly-relay", "    networks:\n      - inside\n"), "    networks:\n      - edge\n"],
    rule: "unreachable",
    says: "cooly-relay cannot reach the database: DATABASE_URL leads to cooly-postgres.",
  },
  {
    fault: "workers without the internet that a managed database needs",
    in: "hybrid",
    plant: [WORKERS, within("cooly-sweeper", "      - inside\n      - outside\n"), "      - inside\n"],
    rule: "unreachable",
    says: "cooly-sweeper cannot reach the database: DATABASE_URL leads elsewhere.",
  },
  {
    fault: "a queue that is called otherwise",
    in: "vps",
    plant: [
      PROD,
      within("cooly-gen", "      REDIS_URL: .*@cooly-redis:6379\n"),
      "      REDIS_URL: redis://cooly:${REDIS_PASSWORD:?see .env.prod.example}@redis:6379\n",
    ],
    rule: "unreachable",
    says: "cooly-gen cannot reach the queue: REDIS_URL leads to redis.",
  },
  {
    fault: "localhost meant for another container",
    in: "vps",
    plant: [PROD, within("cooly-sweeper", "@cooly-postgres:5432"), "@localhost:5432"],
    rule: "unreachable",
    says: "cooly-sweeper cannot reach the database: DATABASE_URL leads to localhost.",
  },
  {
    fault: "a relay and a gen worker with two queues",
    in: "vps",
    plant: [PROD, within("cooly-relay", "      REDIS_URL: .*\n"), ""],
    rule: "two-queues",
    says: "cooly-relay uses PostgreSQL, cooly-gen uses Redis at cooly-redis",
  },
  {
    fault: "two session sweepers",
    in: "vps",
    plant: [PROD, "--roles\n      - capture\n", "--roles\n      - capture,sweeper\n"],
    rule: "two-of-one",
    says: "There are 2 session sweepers: cooly-capture, cooly-sweeper.",
  },
  {
    fault: "an outbox relay in several instances",
    in: "managed",
    plant: ["render.yaml", "numInstances: 1", "numInstances: 3"],
    rule: "two-of-one",
    says: "There are 3 outbox relays: cooly-keeper 3 times.",
  },
  {
    fault: "workers left on at Render beside those of the VPS",
    in: "hybrid",
    plant: ["render.hybrid.yaml", "dockerCommand: cooly serve --roles api", "dockerCommand: cooly serve"],
    rule: "two-of-one",
    says: "There are 2 capture workers: cooly-capture, cooly-api.",
  },
  {
    fault: "pools larger than the database",
    in: "vps",
    plant: [PROD, within("cooly-gen", '      DATABASE_POOL_MAX: "10"\n'), '      DATABASE_POOL_MAX: "80"\n'],
    rule: "too-many-sessions",
    says: "sessions, and the database gives out 97.",
  },
  {
    fault: "more instances than the pooler has sessions",
    in: "managed",
    plant: ["render.yaml", "maxInstances: 3", "maxInstances: 12"],
    rule: "too-many-sessions",
    says: "sessions, and the database gives out 45.",
  },
  {
    fault: "a wait for a service that is not there",
    in: "vps",
    plant: [PROD, within("cooly-relay", "      cooly-redis:\n"), "      redis:\n"],
    rule: "names-nothing",
    says: "cooly-relay waits for redis, which does not exist.",
  },
  {
    fault: "a volume that is not declared",
    in: "vps",
    plant: [PROD, /\n {2}postgres: \{\}/, ""],
    rule: "names-nothing",
    says: "cooly-postgres keeps things in the volume postgres, which does not exist.",
  },
  {
    fault: "a network that is not declared",
    in: "vps",
    plant: [PROD, /\n {2}outside: \{\}/, ""],
    rule: "names-nothing",
    says: "is on the network outside, which does not exist.",
  },
  {
    fault: "a file of variables that is not there",
    in: "vps",
    plant: [PROD, within("cooly-relay", "    init: true\n"), "    init: true\n    env_file: .env.relay\n"],
    rule: "names-nothing",
    says: "cooly-relay reads its variables from .env.relay, which does not exist.",
  },
  {
    fault: "a variable that no example names",
    in: "vps",
    plant: [".env.prod.example", /^ACME_EMAIL=.*$/m, ""],
    rule: "names-nothing",
    says: "ACME_EMAIL has to be set, and no file of variables here names it.",
  },
  {
    fault: "a wait for health that nobody reports",
    in: "vps",
    plant: [PROD, within("cooly-redis", "    healthcheck:\n(?:      .*\n)+"), ""],
    rule: "waits-forever",
    says: "waits until cooly-redis is healthy, and nothing ever says that it is.",
  },
  {
    fault: "a router that leads nowhere",
    in: "vps",
    plant: ["traefik/routes.yml", "service: cooly-frontend", "service: frontend"],
    rule: "names-nothing",
    says: "Of the proxy, studio leads to frontend, which does not exist.",
  },
  {
    fault: "the proxy sent to a container that is not there",
    in: "vps",
    plant: ["traefik/cooly-api.yml", "http://cooly-api:3000", "http://api:3000"],
    rule: "names-nothing",
    says: "Of the proxy, a service leads to api, which does not exist.",
  },
  {
    fault: "a reference to a service that is not there",
    in: "managed",
    plant: ["render.yaml", "name: cooly-api\n          envVarKey: DATABASE_URL", "name: cooly-web\n          envVarKey: DATABASE_URL"],
    rule: "names-nothing",
    says: "takes DATABASE_URL from cooly-web.DATABASE_URL, which does not exist.",
  },
  {
    fault: "a group that is not there",
    in: "managed",
    plant: ["render.yaml", "- fromGroup: cooly-auth-secret", "- fromGroup: cooly-keys"],
    rule: "names-nothing",
    says: "takes variables from cooly-keys, which does not exist.",
  },
  {
    fault: "a variable that the other service does not have",
    in: "managed",
    plant: ["render.yaml", "envVarKey: S3_BUCKET_NAME", "envVarKey: B2_BUCKET_NAME"],
    rule: "names-nothing",
    says: "takes S3_BUCKET_NAME from cooly-api.B2_BUCKET_NAME, which does not exist.",
  },
  {
    fault: "a group that asks",
    in: "managed",
    plant: ["render.yaml", "- key: METRICS_TOKEN\n        generateValue: true", "- key: METRICS_TOKEN\n        sync: false"],
    rule: "group-entry",
    says: "The group cooly-metrics-token cannot hold METRICS_TOKEN that way.",
  },
  {
    fault: "an API without the secret that signs",
    in: "vps",
    plant: [PROD, within("cooly-api", "      AUTH_SECRET: .*\n"), ""],
    rule: "missing-secret",
    says: "cooly-api does not start: it lacks AUTH_SECRET.",
  },
  {
    fault: "a password that may be empty",
    in: "vps",
    plant: [PROD, within("cooly-relay", "\\$\\{POSTGRES_PASSWORD:\\?[^}]*\\}"), "${POSTGRES_PASSWORD:-}"],
    rule: "missing-secret",
    says: "cooly-relay does not start: it lacks DATABASE_URL.",
  },
  {
    fault: "a worker at Render without a database",
    in: "managed",
    plant: ["render.yaml", / {6}- key: DATABASE_URL\n {8}fromService:\n(?: {10}.*\n){3}/, ""],
    rule: "missing-secret",
    says: "does not start: it lacks DATABASE_URL.",
  },
  {
    fault: "an image of the day",
    in: "vps",
    plant: [PROD, "postgres:17", "postgres:latest"],
    rule: "latest-tag",
    says: "cooly-postgres runs whatever postgres:latest is on the day.",
  },
  { fault: "an image without a tag", in: "vps", plant: [PROD, "redis:7", "redis"], rule: "latest-tag", says: "cooly-redis runs whatever redis is on the day." },
  {
    fault: "MinIO's deleted image",
    in: "vps",
    plant: [PROD, "dxflrs/garage:v2.4.1", "minio/minio:RELEASE.2025-09-07T16-13-09Z"],
    rule: "minio-image",
    says: "which cannot be pulled.",
  },
  { fault: "a container as root", in: "vps", plant: [PROD, within("cooly-gen", "    user: 10001:10001\n"), ""], rule: "root", says: "cooly-gen runs as root." },
  {
    fault: "root given back its network",
    in: "vps",
    plant: [PROD, "network_mode: none", "networks:\n      - outside"],
    rule: "root",
    says: "cooly-prepare runs as root.",
  },
  {
    fault: "capabilities kept",
    in: "vps",
    plant: [PROD, within("cooly-api", "    cap_drop:\n      - ALL\n"), ""],
    rule: "privileges",
    says: "cooly-api keeps rights that it does not need.",
  },
  {
    fault: "no health check",
    in: "vps",
    plant: [PROD, within("cooly-sweeper", "    healthcheck:\n(?:      .*\n)+"), ""],
    rule: "no-health-check",
    says: "Nobody notices when cooly-sweeper hangs.",
  },
  {
    fault: "a health check by curl",
    in: "vps",
    plant: [PROD, within("cooly-frontend", "        - node\n"), "        - curl\n"],
    rule: "no-health-check",
    says: "cooly-frontend is never healthy: its check calls curl.",
  },
  {
    fault: "no limit",
    in: "vps",
    plant: [PROD, within("cooly-gen", "    deploy:\n(?:      .*\n)+"), ""],
    rule: "no-limit",
    says: "cooly-gen may take all of the machine's memory.",
  },
  {
    fault: "a log without end",
    in: "vps",
    plant: [PROD, within("cooly-gen", "        max-size: 10m\n"), ""],
    rule: "endless-log",
    says: "The log of cooly-gen grows until the disk is full.",
  },
  {
    fault: "a Redis that evicts",
    in: "vps",
    plant: [PROD, "maxmemory-policy noeviction", "maxmemory-policy allkeys-lru"],
    rule: "evicting-redis",
    says: "cooly-redis throws messages away when its memory is full (allkeys-lru).",
  },
  {
    fault: "a Redis at Render with the policy that it comes with",
    in: "hybrid",
    plant: [
      "render.hybrid.yaml",
      "\ndatabases:",
      "\n  - type: keyvalue\n    name: cooly-redis\n    region: frankfurt\n    plan: 256mb\n    ipAllowList: []\ndatabases:",
    ],
    rule: "evicting-redis",
    says: "cooly-redis throws messages away when its memory is full (Render's default, allkeys-lru).",
  },
  {
    fault: "a public bucket at B2",
    in: "managed",
    plant: ["setup/b2.sh", "allPrivate", "allPublic"],
    rule: "public-bucket",
    says: "The bucket is open: allPublic.",
  },
  {
    fault: "a policy for everybody",
    in: "vps",
    plant: ["bucket-policy.json", "", '{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::cooly/*"}]}'],
    rule: "public-bucket",
    says: "The bucket is open: its policy allows everybody s3:GetObject.",
  },
  {
    fault: "every origin with cookies",
    in: "vps",
    plant: [PROD, within("cooly-api", "      ALLOWED_ORIGINS: .*\n"), '      ALLOWED_ORIGINS: "*"\n'],
    rule: "wildcard-cors",
    says: "cooly-api lets pages of every origin call the API with cookies: ALLOWED_ORIGINS is *.",
  },
  {
    fault: "every origin with credentials at the proxy",
    in: "vps",
    plant: [
      "traefik/routes.yml",
      "stsSeconds: 31536000",
      'stsSeconds: 31536000\n        accessControlAllowCredentials: true\n        accessControlAllowOriginList: ["*"]',
    ],
    rule: "wildcard-cors",
    says: "The proxy's secure lets pages of every origin send credentials.",
  },
  {
    fault: "every origin at the bucket",
    in: "managed",
    plant: ["setup/b2-cors.json", "https://cooly.example.com", "*"],
    rule: "wildcard-cors",
    says: "Pages of every origin may use the bucket: its CORS rule names *.",
  },
  {
    fault: "a password in the compose file",
    in: "vps",
    plant: [PROD, within("cooly-postgres", "      POSTGRES_PASSWORD: .*\n"), "      POSTGRES_PASSWORD: hunter2hunter2\n"],
    rule: "plain-secret",
    says: "POSTGRES_PASSWORD stands in docker-compose.prod.yml for everybody to read, at cooly-postgres.",
  },
  {
    fault: "a password in an address",
    in: "vps",
    plant: [PROD, within("cooly-relay", "\\$\\{POSTGRES_PASSWORD:\\?[^}]*\\}"), "hunter2hunter2"],
    rule: "plain-secret",
    says: "DATABASE_URL stands in docker-compose.prod.yml for everybody to read, at cooly-relay.",
  },
  {
    fault: "a key in the blueprint",
    in: "managed",
    plant: [
      "render.yaml",
      "- key: AWS_SECRET_ACCESS_KEY\n        sync: false",
      "- key: AWS_SECRET_ACCESS_KEY\n        value: wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
    ],
    rule: "plain-secret",
    says: "AWS_SECRET_ACCESS_KEY stands in render.yaml for everybody to read",
  },
  {
    fault: "a secret in the example",
    in: "vps",
    plant: [".env.prod.example", /^AUTH_SECRET=$/m, "AUTH_SECRET=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"],
    rule: "plain-secret",
    says: "AUTH_SECRET stands in .env.prod.example for everybody to read.",
  },
  {
    fault: "a plan of former times",
    in: "managed",
    plant: ["render.yaml", "plan: 1c-2g", "plan: standard"],
    rule: "unknown-plan",
    says: "asks for the plan standard, which Render does not have.",
  },
  {
    fault: "a plan that there never was, for a database",
    in: "hybrid",
    plant: ["render.hybrid.yaml", "plan: 0.5c-1g", "plan: basic-1gb"],
    rule: "unknown-plan",
    says: "cooly-database asks for the plan basic-1gb, which Render does not have.",
  },
  {
    fault: "a disk and several instances",
    in: "managed",
    plant: ["render.yaml", "healthCheckPath: /healthz", "healthCheckPath: /healthz\n    disk:\n      name: media\n      mountPath: /var/lib/cooly"],
    rule: "disk-and-instances",
    says: "cooly-api has a disk and 3 instances.",
  },
  {
    fault: "a health path on a worker",
    in: "managed",
    plant: ["render.yaml", "numInstances: 1", "healthCheckPath: /healthz\n    numInstances: 1"],
    rule: "health-path",
    says: "cooly-keeper is a worker, and has a healthCheckPath that nobody asks.",
  },
  {
    fault: "an API at Render that is not looked at",
    in: "managed",
    plant: ["render.yaml", "    healthCheckPath: /healthz\n", ""],
    rule: "no-health-check",
    says: "Nobody notices when cooly-api hangs.",
  },
  {
    fault: "two regions",
    in: "hybrid",
    plant: ["render.hybrid.yaml", "region: frankfurt", "region: oregon"],
    rule: "two-regions",
    says: "Parts of this blueprint are in oregon and frankfurt.",
  },
  {
    fault: "migrations by two services",
    in: "managed",
    plant: ["render.yaml", "numInstances: 1", "preDeployCommand: cooly migrate\n    numInstances: 1"],
    rule: "two-of-one",
    says: "Migrations are run by cooly-api and cooly-keeper.",
  },
  {
    fault: "a name for the project, as only newer ones know",
    in: "vps",
    plant: [PROD, "services:", "name: cooly\nservices:"],
    rule: "older-compose",
    says: "Docker Compose 1.29 refuses the whole file for the top-level key name.",
  },
  {
    fault: "a default within a default",
    in: "vps",
    plant: [PROD, "${REDIS_IMAGE:-redis:7}", "${REDIS_IMAGE:-${CACHE_IMAGE:-redis:7}}"],
    rule: "older-compose",
    says: "Docker Compose 1.29 misreads a default within a default.",
  },
  {
    fault: "a root directory in vercel.json",
    in: "managed",
    plant: ["vercel.json", "{", '{\n  "rootDirectory": "apps/frontend",'],
    rule: "vercel-setting",
    says: "rootDirectory in vercel.json is refused.",
  },
  {
    fault: "a file that is no YAML",
    in: "vps",
    plant: [PROD, "services:", "services: ]"],
    rule: "unreadable",
    says: "docker-compose.prod.yml cannot be read.",
  },
];

describe("a planted fault is found, with a sentence, a cause and a fix", () => {
  test.each(faults.map((fault) => [fault.fault, fault] as const))("%s", (_name, fault) => {
    const found = checkDeployment(planted(fault));
    const hit = found.find(({ rule, says }) => rule === fault.rule && says.includes(fault.says));
    expect(hit, JSON.stringify(found, null, 2)).toBeDefined();
    expect(
      [hit!.cause, hit!.fix].every((sentence) => /^\S.*[.}]$/.test(sentence)),
      `${hit!.cause} | ${hit!.fix}`,
    ).toBe(true);
  });
});

test("ports of this machine alone are no fault", () => {
  const files = planted({
    fault: "",
    in: "vps",
    plant: [PROD, within("cooly-postgres", "    init: true\n"), '    init: true\n    ports:\n      - "127.0.0.1:5432:5432"\n'],
    rule: "",
    says: "",
  });
  expect(checkDeployment(files)).toEqual([]);
});

test("a folder without anything that deploys is told apart", () => {
  expect(isDeployment([{ path: "notes.json", text: "{}" }])).toBe(false);
  expect(isDeployment(renderTopology("managed"))).toBe(true);
});
