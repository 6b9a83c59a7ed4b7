/** standin: what the blueprint names, on a pooled database (PgBouncer, transactions), SQS, S3 and a Redis over TLS. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { engineAt } from "./docker.ts";
import { DOMAIN, NAMES as NAMED, SERVER } from "./images.ts";
import { cooly, createCaller, endedGeneration, initialised, order, standing, untilHealthy, type Caller } from "./installation.ts";
import { bring, startMachine, type Machine } from "./machine.ts";
import { databaseUrl, renderSide } from "./render-side.ts";
import { NAMES } from "./stand-ins/index.ts";

const HEALTHY = { interval: "2s", retries: 30 };
const POOLER = `[databases]
* = host=database port=5432
[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
unix_socket_dir =
auth_type = plain
auth_file = /settings/users.txt
pool_mode = transaction
default_pool_size = 20
client_tls_sslmode = require
client_tls_key_file = /stand-in/key.pem
client_tls_cert_file = /stand-in/certificate.pem
client_tls_ca_file = /settings/ca.pem
`;

/** What Supabase, Upstash, AWS and Backblaze have in the world. */
const BESIDE = {
  database: {
    image: NAMES.postgres,
    user: "postgres",
    environment: { POSTGRES_USER: "cooly", POSTGRES_DB: "cooly", POSTGRES_PASSWORD: "of-the-database" },
    command: ["postgres", ...["ssl=on", "ssl_cert_file=/stand-in/certificate.pem", "ssl_key_file=/stand-in/key.pem"].flatMap((one) => ["-c", one])],
    ports: ["5432:5432"],
    healthcheck: { test: ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"], ...HEALTHY },
    networks: ["private"],
  },
  pooler: {
    image: NAMES.postgres,
    user: "postgres",
    entrypoint: ["/usr/sbin/pgbouncer", "/settings/pgbouncer.ini"],
    command: [],
    ports: ["6432:6432"],
    volumes: ["./settings:/settings:ro"],
    healthcheck: { test: ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-p", "6432"], ...HEALTHY },
    networks: ["private"],
  },
  cache: {
    image: NAMES.redis,
    user: "postgres",
    command:
      `redis-server --port 0 --tls-port 6379 --tls-cert-file /stand-in/certificate.pem --tls-key-file /stand-in/key.pem --tls-auth-clients no --requirepass of-the-cache --save "" --dir /tmp`.split(
        " ",
      ),
    ports: ["6379:6379"],
    healthcheck: { test: ["CMD", "redis-cli", "--tls", "--insecure", "-a", "of-the-cache", "ping"], ...HEALTHY },
    networks: ["private"],
  },
  emulator: {
    image: NAMES.storage,
    command: ["/garage", "server"],
    environment: { GARAGE_DEFAULT_BUCKET: "cooly-media" },
    ports: ["3900:3900"],
    healthcheck: { test: ["CMD", "/garage", "status"], ...HEALTHY },
    networks: ["private"],
  },
};

let [machine, caller, folder] = [] as unknown as [Machine, Caller, string];
const inside = (service: string, ...words: string[]): Promise<string> => machine.compose(folder, "exec", "-T", service, "cooly", ...words);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-managed-"));
  machine = await startMachine("managed", 40);
  await bring(engineAt(inject("builder")), machine.engine, [SERVER.now, NAMES.postgres, NAMES.redis, NAMES.proxy, NAMES.storage]);
  caller = createCaller(machine.address, inject("caFile"));
  const [made] = await Promise.all([
    initialised("managed", ["--domain", DOMAIN]),
    cooly("deploy", "render", "managed", "--domain", DOMAIN, "--out", join(folder, "rendered")),
  ]);
  const direct = databaseUrl(`database.${DOMAIN}`, "?sslmode=verify-full");
  const outside = `http://emulator.${DOMAIN}:3900`;
  const queues = `${outside}/000000000000/cooly`;
  const keys = {
    S3_ENDPOINT: outside,
    S3_REGION: "garage",
    S3_BUCKET_NAME: "cooly-media",
    S3_ACCESS_KEY_ID: "a-key-of-the-bucket",
    S3_SECRET_ACCESS_KEY: "its-secret-of-some-length",
  };
  const aws = {
    SQS_MAIN_QUEUE_URL: queues,
    SQS_DLQ_QUEUE_URL: `${queues}-dlq`,
    AWS_ACCESS_KEY_ID: "a-key-of-the-queue",
    AWS_SECRET_ACCESS_KEY: "its-secret-of-some-length",
  };
  const asked = { ...made, ...keys, ...aws, DATABASE_URL: direct.replace(":5432", ":6432"), CACHE_URL: `rediss://:of-the-cache@cache.${DOMAIN}:6379` };
  const instead = { S3_FORCE_PATH_STYLE: "true", SQS_ENDPOINT: outside, DATABASE_DIRECT_URL: direct };
  const hosts = [...NAMED, `emulator.${DOMAIN}`].map((name) => `${name}:${machine.address}`);
  const built = join(folder, "rendered");
  const { compose, routes } = renderSide(await readFile(join(built, "render.yaml"), "utf8"), { asked, hosts, built, instead, beside: BESIDE });
  for (const name of ["routes", "settings"]) await mkdir(join(folder, name));
  await Promise.all([
    writeFile(join(folder, "docker-compose.yml"), compose),
    writeFile(join(folder, "routes/routes.yml"), routes),
    writeFile(join(folder, "settings/pgbouncer.ini"), POOLER),
    writeFile(join(folder, "settings/users.txt"), '"cooly" "of-the-database"\n'),
    copyFile(inject("caFile"), join(folder, "ca.pem")),
    copyFile(inject("caFile"), join(folder, "settings/ca.pem")),
  ]);
  await machine.compose(folder, "up", "-d", ...Object.keys(BESIDE));
  await untilHealthy(machine);
  // Without queues, no process of theirs starts.
  await machine.compose(folder, "run", "--rm", "-T", "cooly-gen", "cooly", "queue", "setup");
  await machine.compose(folder, "run", "--rm", "-T", "cooly-api-before");
  await machine.compose(folder, "up", "-d", "cooly-api", "cooly-gen", "cooly-keeper", "proxy");
  await untilHealthy(machine, { once: ["cooly-api-before"] });
});
afterAll(async () => {
  caller?.close();
  await machine?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("standin: managed", () => {
  test("a generation goes through pooler, SQS and S3", async () => {
    await inside("cooly-api", "seed", "--email", "admin@example.com", "--json");
    const { key } = JSON.parse(await inside("cooly-api", "key", "add", "admin@example.com", "--json")) as { key: string };
    const views = await Promise.all(Array.from({ length: 5 }, async () => endedGeneration(caller, key, await order(caller, key, { outputs: 2 }))));
    expect(views.map(({ status }) => status)).toEqual(Array(5).fill("succeeded"));
    expect(await inside("cooly-gen", "verify")).toContain("in order");
  });

  test("doctor finds nothing that keeps work from being done", async () => {
    for (const [service, roles] of Object.entries({ "cooly-api": "api", "cooly-gen": "gen", "cooly-keeper": "relay,capture,sweeper" })) {
      const { findings } = JSON.parse(await inside(service, "doctor", "--topology", "managed", "--roles", roles, "--json")) as {
        findings: { code: string; level: string }[];
      };
      expect(
        findings.filter(({ level }) => level === "failure"),
        service,
      ).toEqual([]);
    }
  });

  test("each process answers for its health, as nobody's root", async () => {
    const ours = (await standing(machine)).filter(({ image }) => image === SERVER.now);
    expect(ours.map(({ service, health }) => `${service} ${health}`).toSorted()).toEqual(["cooly-api healthy", "cooly-gen healthy", "cooly-keeper healthy"]);
    for (const { id } of ours) expect(await machine.engine.docker("exec", id, "id", "-u")).toBe("10001");
  });
});
