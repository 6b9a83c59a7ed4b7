/** Docker's engine on this machine, by its command line: `docker` and `docker-compose` 1.29, as Debian has them. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Spawned {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

/** Answers however it ended. */
export async function spawned(program: string, words: readonly string[], { env = {}, cwd, input = "" }: Spawned = {}): Promise<Ended> {
  const child = spawn(program, words, { env: { ...process.env, ...env }, ...(cwd && { cwd }), stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** Answers what it printed; throws with what it complained of. */
export async function must(program: string, words: readonly string[], options: Spawned = {}): Promise<string> {
  const { code, stdout, stderr } = await spawned(program, words, options);
  if (code !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${code}\n${stdout.slice(-4_000)}\n${stderr.slice(-8_000)}`);
  return stdout.trim();
}

/** One engine, by its socket. */
export interface Engine {
  readonly socket: string;
  docker(...words: readonly string[]): Promise<string>;
  /** Without an exception where it ends badly. */
  tried(...words: readonly string[]): Promise<Ended>;
}

// Another `docker` may come first in the PATH, which cannot build with an engine of Debian's.
const DOCKER = "/usr/bin/docker";

export function engineAt(socket: string): Engine {
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: "1" };
  return {
    socket,
    docker: (...words) => must(DOCKER, words, { env }),
    tried: (...words) => spawned(DOCKER, words, { env }),
  };
}
