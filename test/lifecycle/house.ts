/** One installation under test: a home of its own, and processes on it that are ended by their numbers. */
import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inherited, root } from "../running-server.ts";

export interface Running {
  readonly child: ChildProcess;
  /** Everything it has said so far. */
  said(): string;
  /** Resolves when it has said that; rejects if it ends before. */
  says(words: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

export interface House {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  server(...words: string[]): Running;
  /** Any other program of this repository, by its file. */
  program(file: string, ...words: string[]): Running;
  cooly(words: readonly string[], options?: { readonly extra?: NodeJS.ProcessEnv }): SpawnSyncReturns<string>;
  /** The operator's tool, beside the test. */
  operator(...words: string[]): Running;
  /** The same, with what it says on each side. */
  later(words: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }>;
  /** The process number of the embedded database, null if none runs. */
  database(): number | null;
  remove(): Promise<void>;
}

export async function openHouse(given: NodeJS.ProcessEnv = {}): Promise<House> {
  const home = await mkdtemp(join(tmpdir(), "cooly-house-"));
  const environment = { ...inherited, COOLY_HOME: home, COOLY_PORT: "0", ...given };
  const begun: Running[] = [];
  const run = (file: string, ...words: string[]): Running => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, file), ...words], {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const running = listen(child);
    begun.push(running);
    return running;
  };
  return {
    home,
    environment,
    program: run,
    server: (...words) => run("apps/server/src/main.ts", ...words),
    operator: (...words) => run("apps/cli/src/main.ts", ...words),
    cooly: (words, { extra = {} } = {}) =>
      spawnSync(process.execPath, [join(root, "apps/cli/src/main.ts"), ...words], { cwd: root, env: { ...environment, ...extra }, encoding: "utf8" }),
    async later(words) {
      const { child, ended } = run("apps/cli/src/main.ts", ...words);
      const said = { stdout: "", stderr: "" };
      child.stdout!.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
      child.stderr!.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
      return { status: await ended, ...said };
    },
    database() {
      const file = join(home, "postgres", "postmaster.pid");
      return existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) : null;
    },
    async remove() {
      for (const { child } of begun) if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await Promise.all(begun.map(({ ended }) => ended));
      await rm(home, { recursive: true, force: true });
    },
  };
}

function listen(child: ChildProcess): Running {
  let text = "";
  const waiting: { words: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      for (const wish of waiting) if (text.includes(wish.words)) wish.resolve();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  void ended.then(() => waiting.forEach(({ words, reject }) => reject(new Error(`it ended before it said ${words}: ${text}`))));
  return {
    child,
    said: () => text,
    says: (words) => new Promise((resolve, reject) => (text.includes(words) ? resolve() : void waiting.push({ words, resolve, reject }))),
    ended,
  };
}
