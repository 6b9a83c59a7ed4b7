import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { checkEnvironment } from "./check.ts";
import { compareEnvironments } from "./compare.ts";
import { parseEnvironmentFile, renderEnvironmentFile } from "./file.ts";
import { mapEnvironment, type MapAction } from "./map.ts";
import type { EnvironmentOptions } from "./sets.ts";
import type { TopologyName } from "./topologies.ts";

/** As a file of the application before looks, with everything made up. */
const former = parseEnvironmentFile(`
NODE_ENV=production
PORT=5000
LOG_LEVEL=warn
PRODUCTION_URL=postgres://postgres.kfwq:Zt7nQv2mXp9rLk4s@aws-0-ap-southeast-1.pooler.supabase.com:6543/postgres
PGPOOL_MAX=20
JWT_SECRET=an-old-secret-that-signed-cookies
ADMIN_PASSWORD=letmein
FRONTEND_URL=https://app.cooly.dev
ALLOWED_ORIGINS=https://app.cooly.dev
COOKIE_DOMAIN=cooly.dev
GOOGLE_CLIENT_ID=123.apps.googleusercontent.com
GOOGLE_REDIRECT_URI=https://api.cooly.dev/auth/google/callback
STRIPE_SECRET_KEY=sk_live_made_up
STRIPE_WEBHOOK_SECRET=whsec_made_up
SQS_MAIN_QUEUE_URL=https://sqs.us-west-2.amazonaws.com/402211223344/main
SQS_DLQ_QUEUE_URL=https://sqs.us-west-2.amazonaws.com/402211223344/dlq
SQS_WAIT_TIME_SECONDS=10
AWS_REGION=us-west-2
AWS_ACCESS_KEY_ID=AKIAQ3ZTWM7KDLPRX2VB
AWS_SECRET_ACCESS_KEY=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
USE_BULLMQ=false
REDIS_PASSWORD=old-redis-password
REDIS_PORT=6379
B2_BUCKET_NAME=cooly-pictures
B2_REGION=us-west-004
B2_ACCESS_KEY_ID=0034f1c2d7a9e8b0000000002
B2_SECRET_ACCESS_KEY=K003uWq8ZbV2xNfT7mRcY5pLsJ1dGh4
MINIO_ROOT_USER=cooly_admin
MINIO_ROOT_PASSWORD=some-old-password
START_GEN_WORKER=true
GEN_WORKER_CONCURRENCY=6
OUTBOX_POLL_MS=1000
ENABLE_OUTBOX=true
FAL_KEY=fal_made_up_q7Zt2nVx9Rk4Lw8sPd3m
NEXT_PUBLIC_API_BASE=https://api.cooly.dev
NEXT_PUBLIC_POSTHOG_KEY=phc_made_up
MOCK_API=false
FAVOURITE_COLOUR=blue
`).values;

const map = (from: TopologyName, to: TopologyName, { old = former, ...options }: EnvironmentOptions & { old?: ReadonlyMap<string, string> } = {}) =>
  mapEnvironment({ from, to, old, chance: (bytes) => randomBytes(bytes), ...options });

const found = (mapped: ReturnType<typeof map>) => {
  const rows = new Map(mapped.rows.map((row) => [row.name, row]));
  return (name: string): [MapAction, string | undefined] | undefined => {
    const row = rows.get(name);
    return row && [row.action, row.to];
  };
};

test("every old line has exactly one verdict, with a reason wherever it does not simply go along", () => {
  const { rows } = map("managed", "vps", { domain: "studio.cooly.dev" });
  for (const name of former.keys())
    expect(
      rows.filter((row) => row.name === name),
      name,
    ).toHaveLength(1);
  for (const { name, action, why } of rows) if (!["kept", "renamed", "generated"].includes(action)) expect(why, name).not.toBe("");
});

test("from the managed application before to a server: what is kept, renamed, generated, to be changed, and not needed", () => {
  const verdict = found(map("managed", "vps", { domain: "studio.cooly.dev" }));
  const verdicts: readonly (readonly [string, MapAction, string?])[] = [
    ["LOG_LEVEL", "kept"],
    ["GEN_WORKER_CONCURRENCY", "kept"],
    ["FAL_KEY", "kept"],
    ["STRIPE_SECRET_KEY", "kept"],
    ["GOOGLE_CLIENT_ID", "kept"],
    ["B2_BUCKET_NAME", "renamed", "S3_BUCKET_NAME"],
    ["B2_REGION", "renamed", "S3_REGION"],
    ["B2_ACCESS_KEY_ID", "renamed", "S3_ACCESS_KEY_ID"],
    ["B2_SECRET_ACCESS_KEY", "renamed", "S3_SECRET_ACCESS_KEY"],
    ["PGPOOL_MAX", "not needed"],
    ["USE_BULLMQ", "renamed", "QUEUE_DRIVER"],
    ["REDIS_PASSWORD", "renamed", "REDIS_URL"],
    ["REDIS_PORT", "renamed", "REDIS_URL"],
    ["JWT_SECRET", "generated", "AUTH_SECRET"],
    ["AUTH_SECRET", "generated"],
    ["POSTGRES_PASSWORD", "generated"],
    ["PRODUCTION_URL", "must change", "DATABASE_URL"],
    ["FRONTEND_URL", "must change"],
    ["COOKIE_DOMAIN", "must change"],
    ["NEXT_PUBLIC_API_BASE", "must change", "API_URL"],
    ["GOOGLE_REDIRECT_URI", "must change"],
    ["STRIPE_WEBHOOK_SECRET", "must change"],
    ["ACME_EMAIL", "to fill in"],
    ["SQS_MAIN_QUEUE_URL", "not needed"],
    ["AWS_SECRET_ACCESS_KEY", "not needed"],
    ["SQS_WAIT_TIME_SECONDS", "not needed"],
    ["ADMIN_PASSWORD", "not needed"],
    ["START_GEN_WORKER", "not needed"],
    ["ENABLE_OUTBOX", "not needed"],
    ["MOCK_API", "not needed"],
    ["NEXT_PUBLIC_POSTHOG_KEY", "not needed"],
    ["FAVOURITE_COLOUR", "not known"],
  ];
  for (const [name, action, to] of verdicts) expect(verdict(name), name).toEqual([action, to]);
});

test("a pool's size is the rendered files' to say, and a person's only where there are none", () => {
  for (const to of ["vps", "hybrid", "local"] as const) {
    const mapped = map("managed", to, { domain: "studio.cooly.dev" });
    expect([found(mapped)("PGPOOL_MAX"), mapped.values.has("DATABASE_POOL_MAX")], to).toEqual([["not needed", undefined], false]);
    expect(
      mapped.settings.map(({ name }) => name),
      to,
    ).not.toContain("DATABASE_POOL_MAX");
  }
  const managed = map("managed", "managed", { domain: "studio.cooly.dev" });
  expect([found(managed)("PGPOOL_MAX"), managed.values.get("DATABASE_POOL_MAX")]).toEqual([["must change", "DATABASE_POOL_MAX"], "4"]);
  const embedded = map("managed", "embedded");
  expect([found(embedded)("PGPOOL_MAX"), embedded.values.get("DATABASE_POOL_MAX")]).toEqual([["renamed", "DATABASE_POOL_MAX"], "20"]);
});

test("the new file holds the bucket and the carried keys, none of the old passwords, and lacks nothing but what a person brings", () => {
  const { settings, values, carried } = map("managed", "vps", { domain: "studio.cooly.dev" });
  expect([values.get("S3_BUCKET_NAME"), values.get("S3_ENDPOINT"), values.get("PUBLIC_URL")]).toEqual([
    "cooly-pictures",
    "https://s3.us-west-004.backblazeb2.com",
    "https://api.studio.cooly.dev",
  ]);
  expect(values.get("FAL_KEY")).toBe("fal_made_up_q7Zt2nVx9Rk4Lw8sPd3m");
  const text = renderEnvironmentFile(settings, values, { title: "x", carried });
  for (const gone of ["Zt7nQv2mXp9rLk4s", "old-redis-password", "some-old-password", "an-old-secret", "letmein", "hT9wZq4L"]) expect(text).not.toContain(gone);
  const findings = checkEnvironment(parseEnvironmentFile(text), { topology: "vps", readFile: () => "" });
  expect(findings.map(({ code, name }) => [code, name])).toEqual([["missing", "ACME_EMAIL"]]);
});

test("no row holds the value of a secret", () => {
  const mapped = map("managed", "vps", { domain: "studio.cooly.dev" });
  const said = JSON.stringify(mapped.rows);
  const secrets = [
    ...mapped.settings.filter(({ secret }) => secret).map(({ name }) => mapped.values.get(name)),
    ...[...former].filter(([name]) => /SECRET|PASSWORD|KEY/.test(name)).map(([, value]) => value),
  ];
  for (const secret of secrets) if (secret !== undefined && secret.length > 6) expect(said).not.toContain(secret);
});

test("with a store of one's own, the old bucket is where the new one looks for what it lacks", () => {
  const { values } = map("managed", "vps", { domain: "studio.cooly.dev", objectStore: "garage" });
  expect([values.get("STORAGE_FALLBACK_BUCKET_NAME"), values.get("STORAGE_FALLBACK_REGION"), values.get("S3_REGION")]).toEqual([
    "cooly-pictures",
    "us-west-004",
    "garage",
  ]);
  expect(values.get("S3_SECRET_ACCESS_KEY")).not.toBe("K003uWq8ZbV2xNfT7mRcY5pLsJ1dGh4");
});

test("between two of ours, what signs sessions and links goes along, and passwords of a place do not", () => {
  const old = map("managed", "vps", { domain: "studio.cooly.dev" }).values;
  const moved = map("vps", "hybrid", { old, domain: "studio.cooly.dev" });
  expect(moved.values.get("AUTH_SECRET")).toBe(old.get("AUTH_SECRET"));
  expect(moved.values.get("REDIS_PASSWORD")).not.toBe(old.get("REDIS_PASSWORD"));
  expect([found(moved)("POSTGRES_PASSWORD")?.[0], found(moved)("DATABASE_URL")?.[0]]).toEqual(["not needed", "must change"]);
  expect(moved.values.has("DATABASE_URL")).toBe(false);
});

test("without a new name nothing that holds the old one is taken along", () => {
  const { values, rows } = map("managed", "vps");
  expect([values.get("DOMAIN"), values.get("PUBLIC_URL"), values.get("FRONTEND_URL")]).toEqual([undefined, undefined, undefined]);
  expect(rows.filter(({ action }) => action === "to fill in").map(({ name }) => name)).toContain("DOMAIN");
});

const OWN = {
  S3_BUCKET_NAME: "pictures",
  S3_REGION: "eu-central-1",
  S3_ACCESS_KEY_ID: "AKIAQ3ZTWM7KDLPRX2VB",
  S3_SECRET_ACCESS_KEY: "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",
};
const olden = (more: Readonly<Record<string, string>>) => new Map(Object.entries({ ...OWN, ...more }));

test("a bucket at AWS that needs no address is not taken for one at Backblaze", () => {
  expect(map("managed", "vps", { old: olden({}) }).values.get("S3_ENDPOINT")).toBe("https://s3.eu-central-1.amazonaws.com");
  expect(map("managed", "vps", { old: olden({ S3_ENDPOINT: "https://s3.example.net" }) }).values.get("S3_ENDPOINT")).toBe("https://s3.example.net");
});

test("sessions do not stay in a Redis of the place that is left", () => {
  const old = olden({ CACHE_URL: "rediss://default:Wm8Qz3Xv7Lk2Nt9Rp4Ys6Bc1@eu1-kind-owl-31337.upstash.io:6379" });
  const mapped = map("managed", "vps", { old });
  expect([mapped.values.has("CACHE_URL"), found(mapped)("CACHE_URL")?.[0]]).toEqual([false, "not needed"]);
  expect(map("managed", "managed", { old }).values.get("CACHE_URL")).toBe(old.get("CACHE_URL"));
  expect(found(map("hybrid", "managed", { old }))("CACHE_URL")?.[0]).toBe("must change");
});

test.each([
  [{ B2_BUCKET_NAME: "before", S3_BUCKET_NAME: "now" }, "now", "B2_BUCKET_NAME"],
  [{ S3_BUCKET_NAME: "now", B2_BUCKET_NAME: "before" }, "now", "B2_BUCKET_NAME"],
])("of two names for one the present name counts, and the other is not said to be kept: %j", (names, bucket, other) => {
  const mapped = map("managed", "vps", { old: new Map(Object.entries(names)) });
  expect(mapped.values.get("S3_BUCKET_NAME")).toBe(bucket);
  expect(mapped.rows.find(({ name }) => name === other)).toMatchObject({ action: "not needed", why: expect.stringContaining("S3_BUCKET_NAME") as string });
});

test("with a move under way, the fallback is the bucket that media are in, whole", () => {
  const old = new Map(Object.entries({ STORAGE_FALLBACK_BUCKET_NAME: "oldest", STORAGE_FALLBACK_ENDPOINT: "https://oldest.example.net", ...OWN }));
  const mapped = map("managed", "vps", { old, objectStore: "garage" });
  expect([mapped.values.get("STORAGE_FALLBACK_BUCKET_NAME"), mapped.values.get("STORAGE_FALLBACK_ENDPOINT")]).toEqual(["pictures", undefined]);
  expect(found(mapped)("STORAGE_FALLBACK_BUCKET_NAME")?.[0]).toBe("must change");
});

test("to the same topology the name goes along", () => {
  expect(map("vps", "vps", { old: new Map([["DOMAIN", "studio.cooly.dev"]]) }).values.get("PUBLIC_URL")).toBe("https://api.studio.cooly.dev");
});

test("of two files secrets are compared and never shown; what is not known is taken for a secret", () => {
  const first = new Map([
    ["AUTH_SECRET", "one"],
    ["LOG_LEVEL", "info"],
    ["S3_REGION", "a"],
    ["SOME_KEY", "x"],
  ]);
  const second = new Map([
    ["AUTH_SECRET", "two"],
    ["LOG_LEVEL", "info"],
    ["PORT", "1"],
    ["SOME_KEY", "y"],
  ]);
  expect(compareEnvironments(first, second)).toEqual([
    { name: "AUTH_SECRET", state: "differs" },
    { name: "LOG_LEVEL", state: "same", values: { first: "info", second: "info" } },
    { name: "PORT", state: "only in the second", values: { second: "1" } },
    { name: "S3_REGION", state: "only in the first", values: { first: "a" } },
    { name: "SOME_KEY", state: "differs" },
  ]);
});
