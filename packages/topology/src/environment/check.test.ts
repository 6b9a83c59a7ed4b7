import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { checkEnvironment } from "./check.ts";
import { parseEnvironmentFile, renderEnvironmentFile } from "./file.ts";
import { fillIn } from "./make.ts";
import { environmentOf } from "./sets.ts";
import type { TopologyName } from "./topologies.ts";
import { bitsOf, isExample } from "./weak.ts";

const bucket = [
  "S3_REGION=eu-central-003",
  "S3_BUCKET_NAME=ada-media",
  "S3_ACCESS_KEY_ID=0034f1c2d7a9e8b0000000002",
  "S3_SECRET_ACCESS_KEY=K003uWq8ZbV2xNfT7mRcY5pLsJ1dGh4",
];
const answers: Partial<Record<TopologyName, readonly string[]>> = {
  vps: ["ACME_EMAIL=ada@studio.cooly.dev"],
  managed: [
    ...bucket,
    "DATABASE_URL=postgres://postgres.kfwq:Zt7nQv2mXp9rLk4s@aws-0-eu-central-1.pooler.supabase.com:5432/postgres?sslmode=verify-full",
    "SQS_MAIN_QUEUE_URL=https://sqs.eu-central-1.amazonaws.com/402211223344/cooly",
    "SQS_DLQ_QUEUE_URL=https://sqs.eu-central-1.amazonaws.com/402211223344/cooly-dlq",
    "AWS_ACCESS_KEY_ID=AKIAQ3ZTWM7KDLPRX2VB",
    "AWS_SECRET_ACCESS_KEY=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",
    "CACHE_URL=rediss://default:Wm8Qz3Xv7Lk2Nt9Rp4Ys6Bc1@eu1-kind-owl-31337.upstash.io:6379",
  ],
};

/** A file in order, in which the named lines are replaced. `NAME` alone takes it away. */
function check(topology: TopologyName, ...lines: readonly string[]) {
  const settings = environmentOf(topology, { domain: "studio.cooly.dev" });
  const given = new Map((answers[topology] ?? []).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const));
  const text = renderEnvironmentFile(
    settings,
    fillIn(settings, (bytes) => randomBytes(bytes), given),
    { title: "x" },
  );
  const changed = lines.map((line) => line.replace(/=.*$/s, ""));
  const kept = text.split("\n").filter((line) => !changed.includes(line.replace(/=.*$/, "")));
  const file = parseEnvironmentFile([...kept, ...lines.filter((line) => line.includes("="))].join("\n"));
  return checkEnvironment(file, { topology, readFile: (path) => (path === "/run/auth" ? `${"q7Zx9Lm2Vb4Nc8Kt".repeat(2)}Pw` : missing()) });
}
const missing = (): never => {
  throw new Error("no such file");
};

test("files in order have no finding", () => {
  expect([check("vps"), check("managed")]).toEqual([[], []]);
});

const secret = "Zt7nQv2mXp9rLk4sJd6gUa1eQoWiXzCv";
test.each([
  ["vps", "AUTH_SECRET", "missing", "AUTH_SECRET"],
  ["vps", "ACME_EMAIL=", "missing", "ACME_EMAIL"],
  ["vps", "PUBLIC_URL", "missing", "PUBLIC_URL"],
  ["vps", "QUEUE_DRIVER=rabbit", "wrong", "QUEUE_DRIVER"],
  ["vps", "DATABASE_POOL_MAX=many", "wrong", "DATABASE_POOL_MAX"],
  ["vps", "AUTH_SECRET=short", "wrong", "AUTH_SECRET"],
  ["vps", "AUTH_SECRET=change-me-change-me-change-me-change-me", "example", "AUTH_SECRET"],
  ["vps", "AUTH_SECRET=the output of: openssl rand -base64 32", "example", "AUTH_SECRET"],
  ["vps", "S3_SECRET_ACCESS_KEY=minioadmin", "example", "S3_SECRET_ACCESS_KEY"],
  ["vps", "S3_ACCESS_KEY_ID=cooly_admin", "example", "S3_ACCESS_KEY_ID"],
  ["vps", "POSTGRES_PASSWORD=<generate-strong-password>", "example", "POSTGRES_PASSWORD"],
  ["vps", "DOMAIN=studio.example.com", "example", "DOMAIN"],
  ["managed", "DATABASE_URL=postgres://postgres.ref:PASSWORD@aws-0-eu-central-1.pooler.supabase.com:5432/postgres", "example", "DATABASE_URL"],
  ["vps", "AUTH_SECRET=abcdefghijklmnopqrstuvwxyz0123456789", "weak", "AUTH_SECRET"],
  ["vps", "AUTH_SECRET=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "weak", "AUTH_SECRET"],
  ["managed", "DATABASE_URL=postgres://postgres.kfwq:summer26@aws-0-eu-central-1.pooler.supabase.com:5432/postgres", "weak", "DATABASE_URL"],
  ["vps", `POSTGRES_PASSWORD=${secret}`, "contradiction", "DATABASE_URL"],
  ["vps", `REDIS_PASSWORD=${secret}`, "contradiction", "REDIS_URL"],
  ["vps", "QUEUE_DRIVER=sqs", "contradiction", "QUEUE_DRIVER"],
  ["vps", "COOKIE_DOMAIN=other.dev", "contradiction", "COOKIE_DOMAIN"],
  ["vps", "PUBLIC_URL=https://localhost:3000", "contradiction", "PUBLIC_URL"],
  ["vps", "PUBLIC_URL=http://api.studio.cooly.dev", "unsafe", "PUBLIC_URL"],
  ["vps", `DATABASE_URL=postgres://cooly:${secret}@localhost:5432/cooly`, "contradiction", "DATABASE_URL"],
  ["vps", "S3_PUBLIC_ENDPOINT=http://cooly-storage:3900", "contradiction", "S3_PUBLIC_ENDPOINT"],
  ["vps", `REDIS_URL=redis://default:${secret}@203.0.113.7:6379`, "unsafe", "REDIS_URL"],
  ["managed", `DATABASE_URL=postgres://postgres.kfwq:${secret}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres`, "contradiction", "DATABASE_URL"],
  ["managed", `DATABASE_URL=postgres://postgres:${secret}@db.kfwqpl.supabase.co:5432/postgres?sslmode=require`, "contradiction", "DATABASE_URL"],
  ["managed", `DATABASE_URL=postgres://cooly:${secret}@db.cooly.dev:5432/cooly`, "unsafe", "DATABASE_URL"],
  ["managed", "AWS_REGION=us-west-2", "contradiction", "AWS_REGION"],
  ["managed", "SQS_DLQ_QUEUE_URL=https://sqs.eu-central-1.amazonaws.com/402211223344/cooly", "contradiction", "SQS_DLQ_QUEUE_URL"],
  ["managed", "SQS_MAIN_QUEUE_URL=https://sqs.eu-central-1.amazonaws.com/402211223344/cooly.fifo", "contradiction", "SQS_MAIN_QUEUE_URL"],
  ["managed", "S3_REGION=us-west-004", "contradiction", "S3_REGION"],
  ["managed", "CACHE_URL=redis://default:Wm8Qz3Xv7Lk2Nt9Rp4Ys6Bc1@eu1-kind-owl-31337.upstash.io:6379", "unsafe", "CACHE_URL"],
  ["managed", "CACHE_URL", "missing", "CACHE_URL"],
  ["vps", "USE_BULLMQ=true", "former", "USE_BULLMQ"],
  ["vps", "JWT_SECRET=anything", "former", "JWT_SECRET"],
  ["vps", "SQS_MAIN_QUEUE_URL=https://sqs.eu-central-1.amazonaws.com/402211223344/cooly", "unknown", "SQS_MAIN_QUEUE_URL"],
  ["vps", "COLOUR=blue", "unknown", "COLOUR"],
  ["vps", "PUBLC_URL=https://api.studio.cooly.dev", "unknown", "PUBLC_URL"],
] as const)("%s: the fault planted by %j is found as %s of %s", (...planted) => {
  const [topology, line, code, name] = planted;
  const findings = check(topology, line);
  expect(findings.map((finding) => [finding.code, finding.name])).toContainEqual([code, name]);
  const value = line.slice(line.indexOf("=") + 1);
  // No sentence repeats a secret.
  const isSecret = /SECRET|PASSWORD|_URL=postgres|_URL=redis/.test(line) && code !== "missing" && value.length > 8;
  if (isSecret) expect(JSON.stringify(findings)).not.toContain(value);
});

test("the same secret for two things, and a name that comes twice, are told", () => {
  expect(check("vps", `AUTH_SECRET=${secret}`, `METRICS_TOKEN=${secret}`).map(({ name, code }) => [name, code])).toEqual([["METRICS_TOKEN", "weak"]]);
  expect(check("vps", "LOG_LEVEL=info", "LOG_LEVEL=debug").map(({ name, code }) => [name, code])).toEqual([["LOG_LEVEL", "twice"]]);
});

test("a value may lie in a file of its own, and one that cannot be read is told", () => {
  expect(check("vps", "AUTH_SECRET", "AUTH_SECRET_FILE=/run/auth")).toEqual([]);
  expect(check("vps", "AUTH_SECRET", "AUTH_SECRET_FILE=/run/none").map(({ code }) => code)).toEqual(["wrong", "missing"]);
});

test.each([
  "password",
  "Password123",
  "your-secret-here",
  "changeme",
  "minioadmin",
  "cooly_admin_0a1b",
  "xxxx",
  "AKIAIOSFODNN7EXAMPLE",
  "https://minio.yourdomain.com",
])("%s is an example", (value) => {
  expect(isExample(value)).toBe(true);
});

test("chance is counted by what varies", () => {
  for (let turn = 0; turn < 200; turn += 1) expect(bitsOf(randomBytes(32).toString("base64url"))).toBeGreaterThan(120);
  expect(bitsOf("abcdefghijklmnopqrstuvwxyz")).toBeLessThan(10);
  expect(bitsOf("correct horse")).toBeLessThan(80);
});
