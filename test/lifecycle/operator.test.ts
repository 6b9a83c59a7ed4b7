/** The operator's tool against a database of its own: what it answers, in which words, with which exit code. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSimulator } from "@cooly/simulator";
import { emptyDatabase, freshDatabase } from "../postgres.ts";
import { openHouse, type House } from "./house.ts";

let house: House;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  house = await openHouse({ DATABASE_URL: database.url });
});

afterAll(async () => {
  await client.end();
  await house.remove();
  await database.drop();
});

test("the same seed twice finds the same people, and tells a password once", () => {
  const first = JSON.parse(house.cooly(["seed", "--json"]).stdout) as { people: { id: string; created: boolean; password?: string }[] };
  const again = house.cooly(["seed", "--json"]);
  expect(again.stderr).toBe("");
  expect(first.people.map(({ created, password }) => [created, typeof password])).toEqual([
    [true, "string"],
    [true, "string"],
  ]);
  const { people } = JSON.parse(again.stdout) as typeof first;
  expect(people.map(({ id, created, password }) => [id, created, password])).toEqual(first.people.map(({ id }) => [id, false, undefined]));
});

describe("configuration", () => {
  const SECRET = "hunter2hunter2";

  test("an @ in DATABASE_URL that is not escaped is one sentence without the value", () => {
    const { status, stderr, stdout } = house.cooly(["migrate"], { extra: { DATABASE_URL: `postgres://cooly:${SECRET}@x@db.example.com/cooly` } });
    expect([status, stdout]).toEqual([78, ""]);
    expect(stderr).toMatch(/^DATABASE_URL must .*for example postgres:\/\/.*\.\n$/);
    expect(stderr).not.toContain(SECRET);
  });

  test("several mistakes are told at once, and as JSON where that is asked for", () => {
    const extra = { DATABASE_URL: SECRET, AUTH_SECRET: "short", LOG_LEVEL: "loud", PORT: "http", AUTH_SECRET_FILE: undefined };
    const { status, stdout, stderr } = house.cooly(["migrate", "--json"], { extra });
    expect([status, stderr]).toEqual([78, ""]);
    const { error } = JSON.parse(stdout) as { error: { message: string } };
    expect(error.message.split("\n").map((line) => line.split(" ")[0])).toEqual(["PORT", "LOG_LEVEL", "DATABASE_URL", "AUTH_SECRET"]);
    expect(stdout).not.toMatch(/hunter2|short/);
  });

  test("serve says what it lacks", async () => {
    const { DATABASE_URL: _, ...rest } = house.environment;
    const bare = await openHouse({ ...rest, AUTH_SECRET_FILE: "/does/not/exist" });
    const serving = bare.server("serve", "--roles", "api");
    expect(await serving.ended).toBe(78);
    expect(serving.said()).toMatch(/^DATABASE_URL is required here, for example .*\nAUTH_SECRET cannot be read from the file that AUTH_SECRET_FILE names/);
    await bare.remove();
  });

  test("a database that does not answer is one sentence", () => {
    const { status, stderr } = house.cooly(["verify"], { extra: { DATABASE_URL: `postgres://cooly:${SECRET}@127.0.0.1:1/cooly` } });
    expect(status).toBe(1);
    expect(stderr).toBe("Nothing answers at 127.0.0.1:1, where DATABASE_URL leads: start that PostgreSQL, or correct DATABASE_URL.\n");
  });
});

describe("the schema", () => {
  test("ten processes at once migrate an empty database once; before that, other tasks say what to do", async () => {
    const empty = await emptyDatabase();
    const fresh = await openHouse({ DATABASE_URL: empty.url });
    expect(fresh.cooly(["verify"])).toMatchObject({ status: 1, stderr: expect.stringMatching(/^the database lacks .*; run: cooly migrate\n$/) });
    const answers = await Promise.all(Array.from({ length: 10 }, () => fresh.later(["migrate", "--json"])));
    expect(answers.map(({ status, stderr }) => [status, stderr])).toEqual(answers.map(() => [0, ""]));
    const applied = answers.flatMap(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied);
    expect(applied.length).toBeGreaterThan(0);
    expect(new Set(applied).size).toBe(applied.length);
    await fresh.remove();
    await empty.drop();
  }, 240_000);

  test("a schema that was edited, or is newer than we know, is refused with a sentence", async () => {
    const names = (await client.query<{ name: string; checksum: string }>("select name, checksum from schema_migrations order by name")).rows;
    await client.query("update schema_migrations set checksum = 'x' where name = $1", [names[0]!.name]);
    expect(house.cooly(["migrate"])).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining(`migration ${names[0]!.name} was edited`) });
    await client.query("update schema_migrations set checksum = $2 where name = $1", [names[0]!.name, names[0]!.checksum]);
    await client.query("insert into schema_migrations (name, checksum, breaking) values ('9999_future', 'x', true)");
    expect(house.cooly(["migrate"])).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("run a newer version") });
    await client.query("delete from schema_migrations where name = '9999_future'");
  });
});

test("keys are made with the scopes that are named, and no other", async () => {
  const made = house.cooly(["key", "add", "demo@cooly.local", "--name", "reader", "--scopes", "account:read,generations:read", "--json"]);
  expect(made).toMatchObject({ status: 0, stderr: "" });
  const { rows } = await client.query<{ scopes: string[] }>("select scopes from api_keys where name = 'reader'");
  expect(rows[0]!.scopes.toSorted()).toEqual(["account:read", "generations:read"]);
  expect(house.cooly(["key", "add", "nobody@example.com"])).toMatchObject({ status: 1, stdout: "", stderr: "nobody has the address nobody@example.com\n" });
  expect(house.cooly(["key", "add", "demo@cooly.local", "--scopes", "all"])).toMatchObject({ status: 2, stdout: "" });
  expect(house.cooly(["queue", "retry", `out_${randomUUID()}`, "--yes"])).toMatchObject({ status: 1, stdout: "" });
});

test("verify reads the provider's own log, and says what it knows and we do not", async () => {
  const file = join(house.home, "witness.jsonl");
  const stranger = randomUUID();
  await writeFile(file, ["submitted", "accepted", "billed"].map((what) => `${JSON.stringify({ what, client_id: stranger, job: "1" })}\n`).join(""));
  const { status, stdout } = house.cooly(["verify", "--provider-log", file, "--objects", "none", "--json"]);
  const { error } = JSON.parse(stdout) as { error: { violations: { invariant: string; rule: string; rows: object[] }[]; checked: object } };
  expect(status).toBe(1);
  expect(error.violations).toMatchObject([
    { invariant: "I6", rule: "every job of the provider is of an output of ours", rows: [{ output_id: stranger, accepted: 1, billed: 1 }] },
  ]);
  expect(error.checked).toMatchObject({ provider_outputs: 1, objects: 0 });
  // Not while this process waits for it: the simulator answers in here.
  const simulator = await startSimulator();
  const empty = await house.later(["verify", "--provider-log", `${simulator.url}/log`]);
  await simulator.close();
  expect(empty).toMatchObject({ status: 0, stdout: expect.stringMatching(/^in order: \d+ rules, 0 objects, 0 outputs in the provider's log\n$/) });
  expect(house.cooly(["verify", "--provider-log", "/does/not/exist"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("the provider's log /does/not/exist cannot be read"),
  });
}, 60_000);

test("the doctor misses AUTH_SECRET only where a role reads it", () => {
  const codes = (...words: string[]): string[] => {
    const { stdout } = house.cooly(["doctor", "--json", ...words], { extra: { AUTH_SECRET: undefined } });
    return (JSON.parse(stdout) as { findings: { code: string }[] }).findings.map(({ code }) => code);
  };
  expect(codes()).toContain("configuration.secret");
  expect(codes("--roles", "relay,gen")).toContain("configuration.secret");
  expect(codes("--roles", "relay,capture,sweeper")).not.toContain("configuration.secret");
  expect(house.cooly(["doctor", "--roles", "keeper"])).toMatchObject({ status: 2 });
}, 60_000);
