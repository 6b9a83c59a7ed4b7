/** One of those who begin at once does the work; a dead owner's lock is taken over. Real processes, as `npm start` makes them. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "./tracked.ts";

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooly-lock-"));
  lock = join(folder, "install.lock");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process that wants the lock, and does `work` under it. */
const script = (work: string): string[] => [
  "--input-type=module",
  "--eval",
  `import { appendFileSync, existsSync } from "node:fs";
   import { setTimeout as sleep } from "node:timers/promises";
   import { exclusively } from ${JSON.stringify(join(root, "tools/file-lock.mjs"))};
   const note = (line) => appendFileSync(${JSON.stringify(join(folder, "notes"))}, line + "\\n");
   await exclusively(${JSON.stringify(lock)}, async () => { ${work} }, () => note("waits"));`,
];
const run = (work: string) => promisify(execFile)(process.execPath, script(work));
const notes = async (): Promise<string[]> => (await readFile(join(folder, "notes"), "utf8")).trim().split("\n");

test("those who begin at once work one after the other, and what is done is not done again", async () => {
  const work = `if (existsSync(${JSON.stringify(join(folder, "done"))})) return; note("begins"); await sleep(300); note("ends"); appendFileSync(${JSON.stringify(join(folder, "done"))}, "");`;
  await Promise.all([run(work), run(work), run(work)]);
  const said = await notes();
  expect(said.filter((line) => line !== "waits")).toEqual(["begins", "ends"]);
  expect(await readdir(folder)).not.toContain("install.lock");
});

test("the lock of an owner that was killed is taken over at once", async () => {
  const owner = spawn(process.execPath, script('note("begins"); await sleep(60_000);'), { stdio: "ignore" });
  await expect.poll(notes, { timeout: 20_000 }).toEqual(["begins"]);
  owner.kill("SIGKILL");
  await once(owner, "exit");
  expect(await readFile(lock, "utf8")).toBe(`${owner.pid} ${hostname()}`);
  await run('note("successor");');
  expect(await notes()).toContain("successor");
});

test("the lock of another machine is taken over only when it has been silent", async () => {
  await writeFile(lock, "1 another-machine");
  const waiter = run('note("works");');
  await expect.poll(notes, { timeout: 20_000 }).toEqual(["waits"]);
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(lock, longAgo, longAgo);
  await waiter;
  expect(await notes()).toEqual(["waits", "works"]);
});

test("work that fails gives the lock back", async () => {
  await expect(run('throw new Error("no network");')).rejects.toThrow("no network");
  await run('note("works");');
  expect(await notes()).toEqual(["works"]);
});
