/** Where servers lie that several test files of a run use; those that run at its end, end with it. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    serversFolder: string;
    /** The process of the whole run. */
    runnerPid: number;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "cooly-servers-"));
  project.provide("serversFolder", folder);
  project.provide("runnerPid", process.pid);
  return async () => {
    for (const name of await readdir(folder)) {
      const ready = join(folder, name, "ready.json");
      if (existsSync(ready)) process.kill((JSON.parse(readFileSync(ready, "utf8")) as { keeper: number }).keeper, "SIGTERM");
    }
    await expectEmpty(folder);
    await rm(folder, { recursive: true, force: true });
  };
}

/** Each keeper takes its folder away last. */
async function expectEmpty(folder: string): Promise<void> {
  for (let tries = 0; tries < 100 && (await readdir(folder)).length > 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
}
