/** The same faults in other clothes: whoever wrote a file had no rule in mind. */
import { describe, expect, test } from "vitest";
import { renderTopology } from "../render/index.ts";
import { checkDeployment } from "./index.ts";

const rulesOf = (path: string, text: string): readonly string[] => checkDeployment([{ path, text }]).map(({ rule }) => rule);
const ofService = (lines: string): readonly string[] => rulesOf("docker-compose.yml", `services:\n  one:\n    image: busybox:1\n${lines}`);

test.each([
  ["Docker's socket by a variable's default", '    volumes: ["${SOCKET:-/var/run/docker.sock}:/var/run/docker.sock"]\n'],
  ["the same in the long form", "    volumes:\n      - type: bind\n        source: ${SOCKET:-/var/run/docker.sock}\n        target: /sock\n"],
  ["the folder that the socket is in", '    volumes: ["/var/run:/host:ro"]\n'],
  ["the whole file system", '    volumes: ["/:/host"]\n'],
  ["all that Docker keeps", '    volumes: ["/var/lib/docker/:/host"]\n'],
  ["every capability given back", "    cap_drop: [ALL]\n    cap_add: [ALL]\n"],
  ["the one capability that is as good as all", "    cap_drop: [ALL]\n    cap_add: [CAP_SYS_ADMIN]\n"],
])("the whole machine: %s", (_name, lines) => {
  expect(ofService(lines)).toContain("whole-machine");
});

test.each([
  ["a password that is as it was proposed", "POSTGRES_PASSWORD: changeme"],
  ["the password password", "POSTGRES_PASSWORD: password"],
  ["a default within an address, under a name that says nothing", "DATABASE_URL: postgres://cooly:${PW:-hunter2}@postgres:5432/cooly"],
  ["a name that is cut short", "SMTP_PASS: hunter2"],
])("a secret for everybody to read: %s", (_name, line) => {
  expect(ofService(`    environment:\n      ${line}\n`)).toContain("plain-secret");
});

test.each(["--requirepass hunter2", "--requirepass ${PW:-hunter2}", "--masterauth hunter2"])("a secret in a command: %s", (words) => {
  expect(rulesOf("docker-compose.yml", `services:\n  one:\n    image: redis:7\n    command: redis-server ${words}\n`)).toContain("plain-secret");
});

test.each(["--requirepass ${REDIS_PASSWORD:?is missing}", "--requirepass $$REDIS_PASSWORD", '--requirepass "$$REDIS_PASSWORD"'])(
  "a command that names a variable holds no secret: %s",
  (words) => {
    const text = `services:\n  one:\n    image: redis:7\n    command: ${JSON.stringify(`redis-server ${words}`)}\n`;
    expect(rulesOf("docker-compose.yml", text)).not.toContain("plain-secret");
  },
);

test("an example may say that something has to be changed", () => {
  expect(rulesOf(".env.example", "POSTGRES_PASSWORD=changeme\n")).toEqual([]);
});

test.each(["redis@sha256:0a", "redis:7@sha256:0a", "valkey/valkey@sha256:0a"])("%s is a store", (image) => {
  const text = `services:\n  one:\n    image: ${image}\n    command: --maxmemory 1gb\n    ports: ["6379:6379"]\n`;
  expect(rulesOf("docker-compose.yml", text)).toEqual(expect.arrayContaining(["store-exposed", "evicting-redis"]));
});

test("a log without a driver is one of json-file", () => {
  expect(ofService('    logging:\n      options:\n        max-file: "3"\n')).toContain("endless-log");
});

test("a number of instances may be text", () => {
  const text = `services:\n  one:\n    image: cooly-server:1\n    command: cooly serve --roles relay\n    deploy: {replicas: "\${RELAYS:-3}"}\n`;
  expect(rulesOf("docker-compose.yml", text)).toContain("two-of-one");
});

test.each(["0.0.0.0/1", "0.0.0.0/0", "128.0.0.0/2", "::/0", "2000::/3"])("a database at Render that lets in %s is open", (source) => {
  const text = `databases:\n  - name: one\n    region: oregon\n    ipAllowList:\n      - source: ${source}\n`;
  expect(rulesOf("render.yaml", text)).toContain("store-exposed");
});

test("a policy may be one statement", () => {
  const text = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::cooly/*"}}';
  expect(rulesOf("policy.json", text)).toContain("public-bucket");
});

describe("sessions of a hybrid", () => {
  test.each(["outbound", "tunnel"] as const)("by %s, workers elsewhere take of the same database", (network) => {
    const files = renderTopology("hybrid", { network }).map(({ path, text }) => ({
      path,
      text: path.startsWith("docker-compose") ? text.replace('DATABASE_POOL_MAX: "10"', 'DATABASE_POOL_MAX: "90"') : text,
    }));
    const found = checkDeployment(files).find(({ rule }) => rule === "too-many-sessions");
    expect(found?.says).toContain("sessions, and the database gives out 97.");
    expect(found?.cause).toContain("cooly-api 1 x 11");
  });
});

test.each([
  ["with an @ in its password", "redis://cooly:hun@ter2@cooly-redis:6379"],
  ["with a / in its password", "redis://cooly:hun/ter2@cooly-redis:6379"],
])("no finding shows a piece of an address %s", (_name, address) => {
  const process = (role: string, url: string): string =>
    `  ${role}:\n    image: cooly-server:1\n    command: cooly serve --roles ${role}\n    environment:\n      REDIS_URL: ${JSON.stringify(url)}\n`;
  const text = `services:\n${process("relay", address)}${process("gen", "redis://other:6379")}`;
  expect(JSON.stringify(checkDeployment([{ path: "docker-compose.yml", text }]))).not.toContain("ter2");
});

test("two queues are found at Render too", () => {
  const { text } = renderTopology("managed").find(({ path }) => path === "render.yaml")!;
  const keeper = text.indexOf("name: cooly-keeper");
  const planted = text.slice(0, keeper) + text.slice(keeper).replace("value: sqs", "value: postgres");
  const found = checkDeployment([{ path: "render.yaml", text: planted }]).find(({ rule }) => rule === "two-queues");
  expect(found?.says).toBe("What one hands out, the other never sees: cooly-gen uses sqs, cooly-keeper uses postgres.");
});

test("two queues are found where one process has every role", () => {
  const process = (name: string, more: string): string => `  ${name}:\n    image: cooly-server:1\n    command: cooly serve ${more}\n`;
  const text = `services:\n${process("one", "\n    environment: {REDIS_URL: redis://redis:6379}")}${process("gen", "--roles gen")}`;
  expect(rulesOf("docker-compose.yml", text)).toContain("two-queues");
});

test("two addresses that are asked for are two queues", () => {
  const process = (role: string, name: string): string =>
    `  ${role}:\n    image: cooly-server:1\n    command: cooly serve --roles ${role}\n    environment:\n      REDIS_URL: \${${name}:?is missing}\n`;
  expect(rulesOf("docker-compose.yml", `services:\n${process("relay", "ONE_URL")}${process("gen", "OTHER_URL")}`)).toContain("two-queues");
  expect(rulesOf("docker-compose.yml", `services:\n${process("relay", "ONE_URL")}${process("gen", "ONE_URL")}`)).not.toContain("two-queues");
});
