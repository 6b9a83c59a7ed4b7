/** The whole of Cooly as `npm start` runs it, in processes of its own, with a home of its own and any free port. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

export interface RunningServer {
  readonly url: string;
  readonly process: ChildProcess;
}

/** What our programs get of the environment of the tests. */
export const inherited = { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] };
export const serverEnvironment = (home: string): NodeJS.ProcessEnv => ({ ...inherited, COOLY_HOME: home, COOLY_PORT: "0" });

export async function startServer(home: string, more: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
  const env = { ...serverEnvironment(home), ...more };
  const server = spawn(process.execPath, ["apps/server/src/main.ts", "up"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  // Whoever started it may end without a word: none is left behind.
  const end = (): void => void server.kill("SIGINT");
  process.once("exit", end);
  server.once("exit", () => process.off("exit", end));
  const begun = Promise.withResolvers<void>();
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Ctrl-C stops all of it")) begun.resolve();
    });
  }
  server.once("exit", () => begun.reject(new Error(`the server ended: ${said}`)));
  await begun.promise;
  return { url: /ready at (\S+)/.exec(said)![1]!, process: server };
}

/** Answers its exit code; asking again is harmless. */
export async function stopServer({ process: server }: RunningServer): Promise<number | null> {
  if (server.exitCode !== null || server.signalCode !== null) return server.exitCode;
  const ended = new Promise<number | null>((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  return ended;
}

/** The operator's tool, beside the server of this home. */
export function cooly(home: string, ...words: string[]): unknown {
  const result = spawnSync(process.execPath, [join(root, "apps/cli/src/main.ts"), ...words], { cwd: root, env: serverEnvironment(home), encoding: "utf8" });
  if (result.stderr !== "") throw new Error(`cooly ${words.join(" ")}: ${result.stderr}`);
  return JSON.parse(result.stdout);
}
