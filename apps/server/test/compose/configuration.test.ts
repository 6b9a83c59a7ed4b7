import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { roles } from "@cooly/topology";
import { ConfigurationProblem, readConfiguration } from "../../src/compose/configuration.ts";

let folder: string;
let envFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-configuration-"));
  envFile = join(folder, ".env");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (environment: Record<string, string> = {}) => readConfiguration(environment, { roles, envFile });

async function write(text: string, mode = 0o600): Promise<void> {
  await writeFile(envFile, text);
  await chmod(envFile, mode);
}

test("without any variable the defaults hold, and home is a whole path", () => {
  const { configuration, warnings } = read();
  expect(warnings).toEqual([]);
  expect(configuration.number("DATABASE_POOL_MAX")).toBe(10);
  expect(configuration.number("PORT")).toBeNull();
  expect(configuration.text("DATABASE_URL")).toBeNull();
  expect(configuration.list("ALLOWED_ORIGINS")).toEqual([]);
  expect(configuration.flag("SIGN_UP")).toBe(true);
  expect(isAbsolute(configuration.home)).toBe(true);
});

test(".env is read, and what is set in the environment wins", async () => {
  await write('# ours\nLOG_LEVEL=debug\nPORT="4000"\nexport SIGN_UP=false\n');
  const { configuration, warnings } = read({ PORT: "5000" });
  expect(warnings).toEqual([]);
  expect([configuration.text("LOG_LEVEL"), configuration.number("PORT"), configuration.flag("SIGN_UP")]).toEqual(["debug", 5000, false]);
});

test("mistakes of .env and of the environment are told at once, without secrets", async () => {
  await write("AUTH_SECRET=hunter2\nLOG_LEVEL=loud\n");
  expect(() => read({ PORT: "http" })).toThrow(ConfigurationProblem);
  try {
    read({ PORT: "http" });
  } catch (error) {
    const lines = (error as Error).message.split("\n");
    expect(lines.map((line) => line.split(" ")[0]).toSorted()).toEqual(["AUTH_SECRET", "LOG_LEVEL", "PORT"]);
    expect(lines.join()).not.toContain("hunter2");
  }
});

test("a value may lie in a file", async () => {
  await writeFile(join(folder, "secret"), `${"s".repeat(40)}\n`);
  expect(read({ AUTH_SECRET_FILE: join(folder, "secret") }).configuration.text("AUTH_SECRET")).toBe("s".repeat(40));
  expect(() => read({ AUTH_SECRET_FILE: join(folder, "none") })).toThrow("AUTH_SECRET cannot be read from the file that AUTH_SECRET_FILE names");
});

test("a name that is twice in .env, and secrets that everybody may read, are warned of", async () => {
  await write("LOG_LEVEL=info\nLOG_LEVEL=debug\n", 0o644);
  const { configuration, warnings } = read();
  expect(configuration.text("LOG_LEVEL")).toBe("debug");
  expect(warnings).toEqual([expect.stringContaining("LOG_LEVEL is in .env more than once"), expect.stringContaining("chmod 600 .env")]);
});

test("a folder in the place of .env is told", async () => {
  await mkdir(envFile);
  expect(() => read()).toThrow(".env is a folder");
});
