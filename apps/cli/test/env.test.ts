import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findCommand, Misuse, parseOptions } from "../src/arguments.ts";
import { commands } from "../src/commands/index.ts";
import { worldWith } from "./worlds.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "cooly-env-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const main = join(import.meta.dirname, "../src/main.ts");
const cooly = (...words: string[]) => spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...words], { encoding: "utf8", cwd: folder });

async function run(line: string, files: Readonly<Record<string, string>> = {}) {
  const { command, rest } = findCommand(commands, line.split(" "));
  const told = worldWith(files);
  return { code: await command.run(parseOptions(command, rest) as never, told.world), ...told };
}

const valueOf = (text: string, name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(text)![1]!;

test("init writes a file for its owner alone, shows no secret, and leaves a file alone that is there", async () => {
  const made = cooly("env", "init", "vps", "--domain", "studio.cooly.dev", "--out", ".env.prod");
  expect([made.status, made.stderr]).toEqual([0, ""]);
  const path = join(folder, ".env.prod");
  if (process.platform !== "win32") expect((await stat(path)).mode & 0o777).toBe(0o600);
  const text = await readFile(path, "utf8");
  for (const name of ["AUTH_SECRET", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "METRICS_TOKEN", "S3_SECRET_ACCESS_KEY", "DATABASE_URL"]) {
    expect(valueOf(text, name), name).toMatch(/^[\w-]{43,}|^postgres:/);
    expect(made.stdout).not.toContain(valueOf(text, name));
  }
  expect(made.stdout).toContain("ACME_EMAIL  Which address");
  expect(text).toMatch(/# Which address .*\n# for example .*\n# read by proxy\nACME_EMAIL=\n/);

  const again = cooly("env", "init", "vps", "--out", ".env.prod");
  expect([again.status, again.stdout]).toEqual([1, ""]);
  expect(again.stderr).toContain("--force writes over it");
  expect(await readFile(path, "utf8")).toBe(text);
});

test("with --force another file takes its place whole, closed to others even where the old one was open", async () => {
  const path = join(folder, ".env");
  await writeFile(path, "AUTH_SECRET=old\n", { mode: 0o644 });
  expect(cooly("env", "init", "managed", "--out", ".env", "--force").status).toBe(0);
  if (process.platform !== "win32") expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, "utf8")).not.toContain("=old");
  expect(await readdir(folder)).toEqual([".env"]);
});

test("two files never have a secret in common", async () => {
  for (const name of ["a", "b"]) cooly("env", "init", "vps", "--out", name);
  const [a, b] = await Promise.all(["a", "b"].map((name) => readFile(join(folder, name), "utf8")));
  for (const name of ["AUTH_SECRET", "POSTGRES_PASSWORD", "S3_ACCESS_KEY_ID", "GARAGE_RPC_SECRET"]) expect(valueOf(a!, name)).not.toBe(valueOf(b!, name));
});

test("secrets are said only where somebody asks, also to programs", async () => {
  const quiet = await run("env init vps --out x --json");
  const text = quiet.files.get("x")!.text;
  expect(quiet.files.get("x")!.secret).toBe(true);
  expect(quiet.printed.join()).not.toContain(valueOf(text, "AUTH_SECRET"));
  expect(JSON.parse(quiet.printed[0]!)).toMatchObject({
    file: "x",
    made: expect.arrayContaining(["AUTH_SECRET"]),
    asked: expect.arrayContaining([expect.objectContaining({ name: "DOMAIN" })]),
  });
  const loud = await run("env init vps --out x --show-secrets");
  expect(loud.printed.join("\n")).toContain(`AUTH_SECRET=${valueOf(loud.files.get("x")!.text, "AUTH_SECRET")}`);
});

test("what init writes, check takes, once a person has filled in the rest", async () => {
  const { files } = await run("env init vps --domain studio.cooly.dev --out x");
  const text = files.get("x")!.text;
  const asked = await run("env check x --topology vps --json", { x: text });
  expect([asked.code, JSON.parse(asked.printed[0]!)]).toEqual([
    1,
    { verdict: "no", findings: [expect.objectContaining({ code: "missing", name: "ACME_EMAIL" })] },
  ]);
  const filled = await run("env check x --topology vps", { x: text.replace("ACME_EMAIL=", "ACME_EMAIL=ada@cooly.dev") });
  expect([filled.code, filled.printed.at(-1)]).toEqual([0, expect.stringContaining("In order.")]);
});

test("a second installation has addresses of its own, as its files were rendered for another name", async () => {
  const { files } = await run("env init vps --name second --out x");
  const text = files.get("x")!.text;
  expect(valueOf(text, "DATABASE_URL")).toContain("@second-postgres:5432/");
  expect(valueOf(text, "S3_ENDPOINT")).toBe("http://second-storage:3900");
});

test("check finds an example that was left standing and never repeats a password", async () => {
  const { files } = await run("env init vps --domain studio.cooly.dev --out x");
  const planted = files.get("x")!.text.replace(/^AUTH_SECRET=.*$/m, "AUTH_SECRET=change-me-please-change-me-please-now");
  const { code, printed } = await run("env check x --topology vps", { x: planted });
  expect(code).toBe(1);
  expect(printed.join("\n")).toContain("AUTH_SECRET is still an example.");
  expect(printed.join("\n")).not.toContain("change-me");
});

test("map prints a table without a secret, writes only where told, and refuses to write over a file", async () => {
  const old =
    "PRODUCTION_URL=postgres://u:Zt7nQv2mXp9rLk4s@db.cooly.dev/x\nB2_BUCKET_NAME=pictures\nB2_SECRET_ACCESS_KEY=K003uWq8ZbV2xNfT7m\nUSE_BULLMQ=true\n";
  const table = await run("env map old --from managed --to vps", { old });
  expect([table.code, table.files.size]).toEqual([0, 1]);
  const said = table.printed.join("\n");
  expect(said).toMatch(/renamed\n(.*\n)*  B2_BUCKET_NAME -> S3_BUCKET_NAME/);
  expect(said).toContain("nothing was written");
  for (const secret of ["Zt7nQv2mXp9rLk4s", "K003uWq8ZbV2xNfT7m"]) expect(said).not.toContain(secret);
  const written = await run("env map old --from managed --to vps --out new", { old });
  expect([written.code, written.files.get("new")!.secret, valueOf(written.files.get("new")!.text, "S3_BUCKET_NAME")]).toEqual([0, true, "pictures"]);
  const taken = await run("env map old --from managed --to vps --out old", { old });
  expect([taken.code, taken.files.get("old")!.text]).toEqual([1, old]);
});

test("diff says that secrets differ and not how; 1 if anything does", async () => {
  const files = { a: "AUTH_SECRET=one-secret\nLOG_LEVEL=info\n", b: "AUTH_SECRET=two-secret\nLOG_LEVEL=info\n" };
  const { code, printed } = await run("env diff a b", files);
  expect([code, printed]).toEqual([1, ["AUTH_SECRET  differs", "LOG_LEVEL    same: info"]]);
  expect((await run("env diff a a", files)).code).toBe(0);
});

test("wrong use is told in a sentence", async () => {
  await expect(run("env check none --topology vps")).rejects.toThrow(new Misuse("there is no file none"));
  await expect(run("env init moon --out x")).rejects.toThrow("must be embedded, local, managed, vps or hybrid");
  await expect(run("env init vps --out x --domain https://studio.cooly.dev")).rejects.toThrow("without https://");
});
