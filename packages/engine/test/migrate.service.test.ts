import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../src/db/migrate.ts";
import { emptyDatabase } from "../../../test/postgres.ts";
import { times } from "./fixture.ts";

const program = join(import.meta.dirname, "migrate-process.ts");
let database: Awaited<ReturnType<typeof emptyDatabase>>;
let client: pg.Client;
let folder: string;
beforeEach(async () => {
  database = await emptyDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  folder = await mkdtemp(join(tmpdir(), "cooly-migrations-"));
});
afterEach(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const ours = () => pathToFileURL(`${folder}/`);
const run = () => migrate({ connectionString: database.url, folder: ours() });
const known = async (): Promise<string[]> =>
  (await client.query<{ name: string }>("select name from schema_migrations order by name")).rows.map(({ name }) => name);

test("ten processes at once apply each migration once", async () => {
  await write("0001_first.sql", "create table steps (name text); insert into steps values ('first'); select pg_sleep(0.3);");
  await write("0002_second.sql", "insert into steps values ('second');");
  await write("0003_third.sql", "insert into steps values ('third');");
  const said = await Promise.all(times(10).map(() => promisify(execFile)(process.execPath, [program, database.url, ours().href])));
  const applied = said.flatMap(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied);
  expect(applied.toSorted()).toEqual(["0001_first", "0002_second", "0003_third"]);
  expect((await client.query("select name from steps")).rows).toEqual([{ name: "first" }, { name: "second" }, { name: "third" }]);
}, 60_000);

test("what is there is not applied again, and what is new is", async () => {
  await write("0001_first.sql", "create table steps (name text)");
  expect(await run()).toEqual({ applied: ["0001_first"] });
  await write("0002_second.sql", "insert into steps values ('second')");
  expect(await run()).toEqual({ applied: ["0002_second"] });
  expect(await run()).toEqual({ applied: [] });
});

test("a migration that was edited after it had been applied is refused", async () => {
  await write("0001_first.sql", "create table steps (name text)");
  await run();
  await write("0001_first.sql", "create table steps (name text, more int)");
  await write("0002_second.sql", "insert into steps values ('second')");
  await expect(run()).rejects.toThrow("migration 0001_first was edited after it had been applied");
  expect(await known()).toEqual(["0001_first"]);
});

test("a migration that fails names itself and its cause, leaves nothing, and keeps those before it", async () => {
  await write("0001_first.sql", "create table steps (name text)");
  await write("0002_broken.sql", "create table half (id int); insert into steps values ('half'); select 1 / 0;");
  await write("0003_never.sql", "create table never (id int)");
  await expect(run()).rejects.toThrow("migration 0002_broken failed: division by zero");
  expect(await known()).toEqual(["0001_first"]);
  expect((await client.query("select to_regclass('half') as half, to_regclass('never') as never, (select count(*)::int from steps) as steps")).rows).toEqual([
    { half: null, never: null, steps: 0 },
  ]);
  // A process ends loudly too.
  await expect(promisify(execFile)(process.execPath, [program, database.url, ours().href])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("migration 0002_broken failed: division by zero") as string,
  });
  await write("0002_broken.sql", "insert into steps values ('whole')");
  expect(await run()).toEqual({ applied: ["0002_broken", "0003_never"] });
});

test("a newer migration that is marked as breaking is refused; another one is tolerated", async () => {
  await write("0001_first.sql", "create table steps (name text)");
  await write("0002_newer.sql", "alter table steps add column more int");
  await write("0003_newer.sql", "-- breaking\nalter table steps rename column name to title");
  await run();
  await rm(join(folder, "0003_newer.sql"));
  await expect(run()).rejects.toThrow("the database is at 0003_newer, which this version of Cooly does not know and cannot work with");
  await client.query("delete from schema_migrations where name = '0003_newer'");
  await rm(join(folder, "0002_newer.sql"));
  expect(await run()).toEqual({ applied: [] });
});

test("a migration without a transaction may do what no transaction can", async () => {
  await write("0001_first.sql", "create table steps (name text)");
  await write("0002_index.sql", "-- no transaction\ncreate index concurrently steps_name on steps (name)");
  expect(await run()).toEqual({ applied: ["0001_first", "0002_index"] });
});
