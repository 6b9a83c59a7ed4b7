/** What the doctor says of an installation, beside what a generation then does there: from the order to the bytes behind its link. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutBucketAclCommand, PutBucketCorsCommand } from "@aws-sdk/client-s3";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { makeQueues } from "../../packages/drivers/test/conformance/sqs-ground.ts";
import { emptyDatabase, freshDatabase } from "../postgres.ts";
import { openHttpFaultProxy } from "../rig/http-fault-proxy.ts";
import { openInstallation, type Installation } from "../rig/installation.ts";
import { startPgBouncer } from "../servers/pgbouncer.ts";
import { useRadosgw } from "../servers/radosgw.ts";
import { startRedis, type RedisServer } from "../servers/redis.ts";
import type { S3Server } from "../servers/s3-server.ts";
import { credentials, REGION, startSqs, type SqsServer } from "../servers/sqs.ts";

interface Finding {
  readonly code: string;
  readonly level: "good" | "warning" | "failure";
}

interface Setup {
  readonly name: string;
  readonly expects: "yes" | "no";
  /** A finding that must be there, as what. */
  readonly finds?: readonly [code: string, level: Finding["level"]];
  /** Makes it; answers its environment. */
  readonly make: (ground: Ground) => Promise<NodeJS.ProcessEnv>;
}

interface Ground {
  readonly redis: RedisServer;
  readonly sqs: SqsServer;
  readonly s3: S3Server;
  /** Of this one set-up. */
  readonly database: string;
  readonly installation: () => Installation;
  /** Ends with the set-up. */
  keep<One extends { close(): Promise<void> } | { stop(): Promise<void> }>(one: One): One;
}

const WORKS_MS = 25_000;
const FAILS_MS = 9_000;
const AT_ONCE = 6;
let servers: Pick<Ground, "redis" | "sqs" | "s3">;
const toClose: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const [redis, sqs, s3] = await Promise.all([startRedis(), startSqs(), useRadosgw()]);
  servers = { redis, sqs, s3 };
}, 150_000);
afterAll(async () => {
  await servers.redis.close();
  await servers.sqs.close();
  await servers.s3.stop();
});
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
});

const onBullmq = ({ redis }: Ground): NodeJS.ProcessEnv => ({ REDIS_URL: redis.url, QUEUE_PREFIX: `cooly-${randomBytes(4).toString("hex")}` });

async function onS3({ s3 }: Ground, { cors = true } = {}): Promise<NodeJS.ProcessEnv> {
  const bucket = await s3.makeBucket();
  const CORSRules = [{ AllowedMethods: ["GET", "PUT"], AllowedOrigins: ["*"], AllowedHeaders: ["*"] }];
  if (cors) await s3.client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }));
  return {
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET_NAME: bucket,
    S3_REGION: s3.region,
    S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  };
}

async function onSqs({ sqs }: Ground, { redrive = true } = {}): Promise<NodeJS.ProcessEnv> {
  const { url, setAsideUrl } = await makeQueues(sqs, `q-${randomBytes(4).toString("hex")}`, { bare: !redrive });
  return {
    SQS_ENDPOINT: sqs.endpoint,
    SQS_MAIN_QUEUE_URL: url,
    SQS_DLQ_QUEUE_URL: setAsideUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

/** As AWS does: whoever signs for another region is told which one it is. */
const regional = (region: string, endpoint: string) =>
  openHttpFaultProxy(
    () => endpoint,
    ({ headers, path }) => {
      const scope = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? decodeURIComponent(path))?.[1];
      if (scope === undefined || scope === region) return {};
      const body = `<?xml version="1.0"?><Error><Code>AuthorizationHeaderMalformed</Code><Message>the region '${scope}' is wrong; expecting '${region}'</Message><Region>${region}</Region></Error>`;
      return { instead: { status: 400, headers: { "content-type": "application/xml" }, body: Buffer.from(body) } };
    },
  );

/** One role of its own may open so many connections. */
async function limitedTo(database: string, connections: number): Promise<string> {
  const role = `narrow_${randomBytes(4).toString("hex")}`;
  const client = new pg.Client(database);
  await client.connect();
  await client.query(`create role ${role} login password 'narrow' connection limit ${connections}`);
  await client.query(`grant all on all tables in schema public to ${role}; grant all on all sequences in schema public to ${role}`);
  await client.end();
  toClose.push(() => forget(database, role));
  return Object.assign(new URL(database), { username: role, password: "narrow" }).href;
}

async function forget(database: string, role: string): Promise<void> {
  const client = new pg.Client(database);
  await client.connect();
  await client.query(`drop owned by ${role}; drop role ${role}`).finally(() => client.end());
}

const FULL_BYTES = 64 * 1024;

/** A disk that is full. Mounting one is for root. */
function mountFull(folder: string): { close(): Promise<void> } {
  mkdirSync(folder, { mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  writeFileSync(join(folder, "all-there-is"), Buffer.alloc(FULL_BYTES));
  return { close: async () => void execFileSync("umount", ["--lazy", folder]) };
}

const setups: readonly Setup[] = [
  { name: "PostgreSQL and files", expects: "yes", make: async () => ({}) },
  { name: "BullMQ and S3", expects: "yes", finds: ["storage.private", "good"], make: async (ground) => ({ ...onBullmq(ground), ...(await onS3(ground)) }) },
  { name: "SQS with its dead letter queue", expects: "yes", finds: ["queue.dead_letters", "good"], make: (ground) => onSqs(ground) },
  {
    name: "a transaction pooler, and sessions beside it",
    expects: "yes",
    finds: ["database.pooler", "good"],
    make: async ({ database, keep }) => {
      const pooler = keep(await startPgBouncer(database, { mode: "transaction" }));
      return { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: database };
    },
  },
  {
    name: "a transaction pooler alone",
    expects: "no",
    finds: ["database.pooler", "failure"],
    make: async ({ database, keep }) => ({ DATABASE_URL: keep(await startPgBouncer(database, { mode: "transaction" })).url }),
  },
  {
    name: "a transaction pooler alone that swallows what it does not know",
    expects: "no",
    finds: ["database.pooler", "failure"],
    make: async ({ database, keep }) => {
      const ignores = ["statement_timeout", "idle_in_transaction_session_timeout"];
      return { DATABASE_URL: keep(await startPgBouncer(database, { mode: "transaction", ignores })).url };
    },
  },
  {
    name: "a Redis that evicts",
    expects: "no",
    finds: ["queue.evicts", "failure"],
    make: async ({ keep }) => ({ REDIS_URL: keep(await startRedis({ words: ["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"] })).url }),
  },
  {
    name: "a Redis that is not there",
    expects: "no",
    finds: ["queue.unreachable", "failure"],
    make: async () => ({ REDIS_URL: "redis://127.0.0.1:1" }),
  },
  { name: "no dead letter queue is wired", expects: "yes", finds: ["queue.dead_letters", "warning"], make: (ground) => onSqs(ground, { redrive: false }) },
  {
    name: "a queue that does not exist",
    expects: "no",
    make: async (ground) => ({ ...(await onSqs(ground)), SQS_MAIN_QUEUE_URL: `${ground.sqs.endpoint}/000000000000/nowhere` }),
  },
  {
    name: "a public bucket",
    expects: "yes",
    finds: ["storage.private", "warning"],
    make: async (ground) => {
      const environment = await onS3(ground);
      await ground.s3.client.send(new PutBucketAclCommand({ Bucket: environment["S3_BUCKET_NAME"], ACL: "public-read" }));
      return environment;
    },
  },
  {
    name: "a public endpoint that leads nowhere",
    expects: "no",
    finds: ["storage.links", "failure"],
    make: async (ground) => ({ ...(await onS3(ground)), S3_PUBLIC_ENDPOINT: "http://127.0.0.1:1" }),
  },
  { name: "no CORS", expects: "yes", finds: ["storage.cors", "warning"], make: (ground) => onS3(ground, { cors: false }) },
  {
    name: "the wrong region",
    expects: "no",
    make: async (ground) => ({
      ...(await onS3(ground)),
      S3_REGION: "eu-west-1",
      S3_ENDPOINT: ground.keep(await regional("us-east-1", ground.s3.endpoint)).url,
    }),
  },
  { name: "a key that was revoked", expects: "no", make: async (ground) => ({ ...(await onS3(ground)), S3_SECRET_ACCESS_KEY: "revoked" }) },
  { name: "a bucket that does not exist", expects: "no", make: async (ground) => ({ ...(await onS3(ground)), S3_BUCKET_NAME: "nowhere" }) },
  {
    name: "a proxy that gathers what it passes on",
    expects: "yes",
    finds: ["public.stream", "warning"],
    make: async ({ keep, installation }) => {
      const proxy = keep(
        await openHttpFaultProxy(
          () => installation().url(),
          () => ({}),
        ),
      );
      await installation().start([["api"]]);
      return { PUBLIC_URL: proxy.url };
    },
  },
  {
    name: "a full disk",
    expects: "no",
    finds: ["disk.full", "failure"],
    make: async ({ installation, keep }) => {
      const folder = join(installation().house.home, "full");
      keep(mountFull(folder));
      return { SCRATCH_DIR: folder };
    },
  },
  {
    name: "an old schema",
    expects: "no",
    finds: ["database.schema", "failure"],
    make: async ({ keep }) => {
      const { url, drop } = await emptyDatabase();
      keep({ close: drop });
      return { DATABASE_URL: url };
    },
  },
  {
    name: "too few connections",
    expects: "no",
    finds: ["database.connections", "failure"],
    make: async ({ database }) => ({ DATABASE_URL: await limitedTo(database, 1) }),
  },
  {
    name: "few connections",
    expects: "yes",
    finds: ["database.connections", "warning"],
    make: async ({ database }) => ({ DATABASE_URL: await limitedTo(database, 4) }),
  },
  {
    name: "a password that the database refuses",
    expects: "no",
    finds: ["database.unreachable", "failure"],
    make: async ({ database }) => ({ DATABASE_URL: Object.assign(new URL(database), { password: "wrong" }).href }),
  },
];

test.for(setups)("$name: the doctor says $expects, and so it is", { timeout: 90_000 }, async ({ expects, finds, make }) => {
  const { url: database, drop } = await freshDatabase();
  toClose.push(drop);
  const installation = await openInstallation({ databaseUrl: database });
  toClose.push(() => installation.close());
  await installation.welcome(100);
  const environment = await make({
    ...servers,
    database,
    installation: () => installation,
    keep(one) {
      toClose.push(() => ("close" in one ? one.close() : one.stop()));
      return one;
    },
  });
  Object.assign(installation.house.environment, environment);
  const { stdout, stderr, status } = await installation.house.later(["doctor", "--json"]);
  const { verdict, findings } = JSON.parse(stdout) as { verdict: string; findings: readonly Finding[] };
  expect({ verdict, status }, `${stdout}${stderr}`).toEqual({ verdict: expects, status: expects === "yes" ? 0 : 1 });
  if (finds)
    expect(
      findings.filter(({ code }) => code === finds[0]).map(({ level }) => level),
      stdout,
    ).toContain(finds[1]);
  await installation.stop();
  expect(await tryOne(installation, { expects, withinMs: expects === "yes" ? WORKS_MS : FAILS_MS })).toBe(expects);
});

/**
 * Whether, within this time, generations are accepted, made, and can be fetched by their links. Where it is said not to work, all of the
 * time is used: what breaks only when two meet may go well for a while.
 */
async function tryOne(installation: Installation, { expects, withinMs }: { expects: "yes" | "no"; withinMs: number }): Promise<"yes" | "no"> {
  const late = Promise.withResolvers<"yes" | "no">();
  let soFar: "yes" | "no" = "no";
  const timer = setTimeout(() => late.resolve(soFar), withinMs);
  const begun = installation.start([["api", "relay", "gen", "capture", "sweeper"]]);
  const made = begun.then(async () => {
    do soFar = await makeSome(installation);
    while (soFar === "yes" && expects === "no");
    return soFar;
  });
  made.catch(() => undefined);
  try {
    return await Promise.race([late.promise, made]).catch(() => "no" as const);
  } finally {
    clearTimeout(timer);
    begun.catch(() => undefined);
  }
}

/** Several at once: what only breaks when two meet is no good either. */
async function makeSome(installation: Installation): Promise<"yes" | "no"> {
  const made = await Promise.all(Array.from({ length: AT_ONCE }, () => makeOne(installation)));
  return made.every((one) => one === "yes") ? "yes" : "no";
}

async function makeOne(installation: Installation): Promise<"yes" | "no"> {
  const { status, body } = await installation.call("/v1/generations", { model: "sim/poll", input: { prompt: "a test" } });
  if (status !== 202) return "no";
  for (;;) {
    const seen: GenerationView = await installation.read((body as { id: string }).id);
    if (seen.status === "failed") return "no";
    if (seen.status === "succeeded") {
      const bytes = await fetch(seen.outputs[0]!.url!).then((answer) => (answer.ok ? answer.arrayBuffer() : null));
      return bytes?.byteLength === seen.outputs[0]!.bytes ? "yes" : "no";
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
