import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "./tracked.ts";

let clone: string;
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "cooly-bootstrap-"));
  await mkdir(join(clone, "tools"));
  for (const file of ["bootstrap.mjs", "file-lock.mjs", "process.mjs", "running-servers.mjs"]) await cp(join(root, "tools", file), join(clone, "tools", file));
  for (const [file, text] of Object.entries({
    "package.json": '{"name":"clone","version":"1.0.0","private":true,"type":"module","workspaces":["apps/*"]}',
    "package-lock.json":
      '{"name":"clone","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"clone","version":"1.0.0","workspaces":["apps/*"]},"apps/one":{"name":"one","version":"1.0.0"},"node_modules/one":{"resolved":"apps/one","link":true}}}',
    "apps/one/package.json": '{"name":"one","version":"1.0.0"}',
  })) {
    await mkdir(join(clone, file, ".."), { recursive: true });
    await writeFile(join(clone, file), text);
  }
});
afterEach(() => rm(clone, { recursive: true, force: true }));

/** What a script says that imports the clone's own bootstrap. */
async function ask(expression: string): Promise<{ said: unknown; stderr: string }> {
  const source = `const it = await import(${JSON.stringify(join(clone, "tools/bootstrap.mjs"))}); console.log(JSON.stringify(await (${expression})));`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", source]);
  return { said: JSON.parse(stdout), stderr };
}

test("two that begin at once install once, stdout stays the command's, and the next one installs nothing", async () => {
  const both = await Promise.all([ask("it.prepare()"), ask("it.prepare()")]);
  expect(both.map(({ said }) => said)).toEqual([process.execPath, process.execPath]);
  expect(both.filter(({ stderr }) => stderr.includes("Installing packages"))).toHaveLength(1);
  expect(await readFile(join(clone, "node_modules/one/package.json"), "utf8")).toContain('"one"');
  expect((await ask("it.prepare()")).stderr).toBe("");
}, 120_000);

test("another manifest or lockfile asks for another install; nothing else does", async () => {
  const key = async () => (await ask("it.installKey()")).said;
  const first = await key();
  await writeFile(join(clone, "README.md"), "hello");
  expect(await key()).toBe(first);
  await writeFile(join(clone, "apps/one/package.json"), '{"name":"one","version":"1.0.1"}');
  const second = await key();
  expect(second).not.toBe(first);
  await writeFile(join(clone, "package-lock.json"), "{}");
  expect(await key()).not.toBe(second);
});

test("children inherit our Node first in PATH, and nothing of npm's own run", async () => {
  const { said } = await ask('(process.env.npm_lifecycle_event = "test", process.env.KEPT = "yes", it.environment("/opt/node/bin/node"))');
  const environment = said as Record<string, string>;
  expect(environment["PATH"]!.startsWith("/opt/node/bin:")).toBe(true);
  expect(environment["KEPT"]).toBe("yes");
  expect(Object.keys(environment)).not.toContain("npm_lifecycle_event");
});
