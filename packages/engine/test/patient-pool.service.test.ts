import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../../test/postgres.ts";
import { PatientPool } from "../src/db/patient-pool.ts";

const role = `narrow_${randomBytes(4).toString("hex")}`;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let admin: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  admin = new pg.Client(database.url);
  await admin.connect();
  await admin.query(`create role ${role} login password 'narrow' connection limit 2`);
});
afterAll(async () => {
  await admin.query(`drop owned by ${role}; drop role ${role}`);
  await admin.end();
  await database.drop();
});

const connectionString = (): string => Object.assign(new URL(database.url), { username: role, password: "narrow" }).href;

test("a role that may open two connections serves fifty questions at once, and says so once", async () => {
  const told: number[] = [];
  const pool = new PatientPool({ connectionString: connectionString(), max: 10, connectionTimeoutMillis: 10_000, onNarrow: (got) => void told.push(got) });
  pool.on("error", () => undefined);
  const asked = Array.from({ length: 50 }, (_, index) => pool.query<{ index: number }>("select $1::int as index, pg_sleep(0.01)", [index]));
  expect((await Promise.all(asked)).map(({ rows }) => rows[0]!.index)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect(told).toHaveLength(1);
  const client = await pool.connect();
  client.release();
  await pool.end();
});

test("without any connection it fails with the server's own words", async () => {
  const [one, two] = [new pg.Client(connectionString()), new pg.Client(connectionString())];
  await Promise.all([one.connect(), two.connect()]);
  const pool = new PatientPool({ connectionString: connectionString(), max: 10 });
  pool.on("error", () => undefined);
  await expect(pool.query("select 1")).rejects.toThrow("too many connections");
  await Promise.all([one.end(), two.end(), pool.end()]);
});

test("a connection that ends just as it is handed on ends nothing else", async () => {
  const pool = new PatientPool({ connectionString: database.url, max: 2 });
  pool.on("error", () => undefined);
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const ended = new Promise((resolve) => client.once("end", resolve));
  await admin.query("select pg_terminate_backend($1)", [rows[0]!.pid]);
  await ended;
  await expect(client.query("select 1")).rejects.toThrow();
  client.release(true);
  expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
