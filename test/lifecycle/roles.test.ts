/** Every role in a process of its own, against one database and one folder: they make pictures together, whichever of them dies. */
import { createHash, randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GenerationView } from "@cooly/contract";
import { openDatabase, readBooks, verifyBooks, type Violation } from "@cooly/engine";
import { freePort } from "../../apps/server/src/compose/free-port.ts";
import { freshDatabase } from "../postgres.ts";
import { damages, disarm } from "./damages.ts";
import { openHouse, type House, type Running } from "./house.ts";

const roles = ["api", "relay", "gen", "capture", "sweeper"] as const;
type Role = (typeof roles)[number];
let house: House;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let url: string;
let key: string;
const running = new Map<Role, Running>();
const ports = new Map<Role, number>();

beforeAll(async () => {
  database = await freshDatabase();
  const port = await freePort(0, "127.0.0.1");
  url = `http://127.0.0.1:${port}`;
  house = await openHouse({ DATABASE_URL: database.url, AUTH_SECRET: randomBytes(32).toString("hex"), PUBLIC_URL: url, HOST: "127.0.0.1", PORT: "0" });
  house.environment["PORT"] = String(port);
  await begin("api");
  house.environment["PORT"] = "0";
  await Promise.all(roles.slice(1).map(begin));
  house.environment["PORT"] = String(port);
  const made = house.cooly(["user", "add", "a@b.co", "--credits", "500", "--json"]);
  expect(made).toMatchObject({ status: 0, stderr: "" });
  key = (JSON.parse(house.cooly(["key", "add", "a@b.co", "--json"]).stdout) as { key: string }).key;
}, 240_000);

afterAll(async () => {
  await house.remove();
  await database.drop();
});

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<pg.QueryResult<Row>> {
  const client = new pg.Client(database.url);
  await client.connect();
  return client.query<Row>(sql).finally(() => client.end());
}

async function begin(role: Role): Promise<void> {
  const process = house.server("serve", "--roles", role);
  running.set(role, process);
  await process.says("process.ready");
  ports.set(
    role,
    (
      JSON.parse(
        process
          .said()
          .split("\n")
          .find((line) => line.includes("process.ready"))!,
      ) as { port: number }
    ).port,
  );
}

async function kill(role: Role): Promise<void> {
  const { child, ended } = running.get(role)!;
  child.kill("SIGKILL");
  await ended;
}

async function call<T>(path: string, body?: unknown): Promise<T> {
  const headers = { "content-type": "application/json", "idempotency-key": randomBytes(8).toString("hex") };
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(url + path, { ...init, headers: { ...headers, authorization: `Bearer ${key}` } });
  expect(response.ok).toBe(true);
  return (await response.json()) as T;
}

const order = (size: string): Promise<GenerationView> =>
  call<GenerationView>("/v1/generations", { model: "demo/painter", input: { prompt: "a harbour in winter", size }, outputs: 1 });
const succeeded = async (id: string): Promise<GenerationView> => {
  await expect.poll(async () => (await call<GenerationView>(`/v1/generations/${id}`)).status, { timeout: 60_000, interval: 200 }).toBe("succeeded");
  return call<GenerationView>(`/v1/generations/${id}`);
};

test("they make a picture together, and each says how it is", async () => {
  const { outputs } = await succeeded((await order("512x512")).id);
  const bytes = Buffer.from(await (await fetch(outputs[0]!.url!)).arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(outputs[0]!.sha256);
  for (const role of roles) {
    expect((await fetch(`http://127.0.0.1:${ports.get(role)!}/healthz`)).status).toBe(200);
    const ready = (await (await fetch(`http://127.0.0.1:${ports.get(role)!}/readyz`)).json()) as { checks: object };
    expect(ready.checks).toMatchObject({ database: { status: "up" }, [`role:${role}`]: { status: "up" } });
  }
}, 60_000);

test("each is killed in the middle and started again: every picture is made and charged once", async () => {
  const { available } = await call<{ available: number }>("/v1/credits");
  const orders: GenerationView[] = [];
  for (const role of roles) {
    orders.push(await order(role === "gen" ? "2048x2048" : "512x512"));
    if (role === "gen")
      await expect.poll(async () => (await call<GenerationView>(`/v1/generations/${orders[2]!.id}`)).status, { timeout: 60_000 }).toBe("running");
    await kill(role);
    if (role !== "api") orders.push(await order("512x512"));
    if (role !== "api") house.environment["PORT"] = "0";
    await begin(role);
  }
  const done = await Promise.all(orders.map(({ id }) => succeeded(id)));
  expect(done.map(({ credits }) => credits.charged)).toEqual(done.map(({ credits }) => credits.quoted));
  const spent = done.reduce((sum, { credits }) => sum + credits.quoted, 0);
  expect(await call<{ available: number; held: number }>("/v1/credits")).toMatchObject({ available: available - spent, held: 0 });
  const verified = house.cooly(["verify", "--json"]);
  expect(verified.status).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ violations: [] });
}, 240_000);

test("dead letters are listed, made again, and closed by the operator", async () => {
  await kill("gen");
  const ids = [(await order("512x512")).id, (await order("512x512")).id];
  // As if the provider that they were accepted for had been taken out of this installation.
  await query("update generations set route = jsonb_set(route, '{provider}', '\"gone\"') where status = 'queued'");
  await begin("gen");
  for (const id of ids) await expect.poll(async () => (await call<GenerationView>(`/v1/generations/${id}`)).status, { timeout: 20_000 }).toBe("failed");
  const shown = house.cooly(["queue", "ls"]);
  expect(shown.stdout).toMatch(/dead letters 2, a retry of all reserves 2 credits now\n {2}provider_failed +demo\/painter +2 +2 credits/);
  const { letters } = JSON.parse(house.cooly(["queue", "ls", "--json"]).stdout) as { letters: { id: string; generation: string }[] };
  expect(letters.map(({ generation }) => generation).toSorted()).toEqual(ids.toSorted());
  expect(house.cooly(["queue", "retry", letters[0]!.id])).toMatchObject({ status: 2, stdout: "" });
  const retried = JSON.parse(house.cooly(["queue", "retry", letters[0]!.id, "--yes", "--json"]).stdout) as { retried: { generation: string }[] };
  expect((await succeeded(retried.retried[0]!.generation)).outputs).toHaveLength(1);
  expect(JSON.parse(house.cooly(["queue", "discard", "--all", "--reason", "gone", "--yes", "--json"]).stdout)).toEqual({ discarded: 1 });
  expect(JSON.parse(house.cooly(["queue", "ls", "--json"]).stdout)).toMatchObject({ groups: [], letters: [] });
}, 90_000);

test("each ends in order when it is asked to", async () => {
  for (const { child } of running.values()) child.kill("SIGTERM");
  expect(await Promise.all([...running.values()].map(({ ended }) => ended))).toEqual([0, 0, 0, 0, 0]);
}, 30_000);

test.each(damages)("verify sees $invariant broken: $sql", async ({ invariant, rule, sql }) => {
  const db = openDatabase({ connectionString: database.url, max: 1 });
  const violations: Violation[] = [];
  const undo = new Error("undone");
  await expect(
    db.transaction(
      async (tx) => {
        violations.push(...(await readBooks(tx)));
        throw undo;
      },
      { begin: `begin; ${disarm}; ${sql}` },
    ),
  ).rejects.toBe(undo);
  expect((await verifyBooks(db)).violations).toEqual([]);
  await db.close();
  const found = violations.find((violation) => violation.invariant === invariant && rule.test(violation.rule));
  expect(found?.rows.length).toBeGreaterThan(0);
});

test("cooly verify ends with 1 and shows the rows: books by SQL, media by their bytes (I7)", async () => {
  const { rows } = await query<{ id: string; storage_key: string }>("select id, storage_key from outputs where state = 'delivered' order by id limit 2");
  const [changed, lost] = rows;
  await writeFile(join(house.home, "media", changed!.storage_key), "not what was delivered");
  await rm(join(house.home, "media", lost!.storage_key));
  await query("delete from events where seq = 2");
  const asJson = house.cooly(["verify", "--json"]);
  expect([asJson.status, asJson.stderr]).toEqual([1, ""]);
  const { error } = JSON.parse(asJson.stdout) as { error: { code: string; violations: { invariant: string; rows: Record<string, unknown>[] }[] } };
  expect(error.code).toBe("violated");
  expect(error.violations.map(({ invariant }) => invariant)).toEqual(["I8", "I7"]);
  expect(error.violations[1]!.rows).toMatchObject([
    { output_id: changed!.id, found_bytes: 22 },
    { output_id: lost!.id, found: "nothing" },
  ]);
  const inWords = house.cooly(["verify"]);
  expect([inWords.status, inWords.stderr]).toEqual([1, "the books are not in order\n"]);
  expect(inWords.stdout).toContain(`    output_id ${lost!.id}`);
}, 30_000);
