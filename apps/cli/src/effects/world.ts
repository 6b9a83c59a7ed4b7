import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Answer, World } from "../command.ts";

const server = fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url));
const quiet = "--disable-warning=ExperimentalWarning";

/** The server's tasks do the work; this starts them where the server's code is. */
export function createWorld(): World {
  return {
    interactive: process.stdin.isTTY,
    print: (line) => void process.stdout.write(`${line}\n`),

    async task(name, options) {
      const child = spawn(process.execPath, [quiet, server, "task", name], { stdio: ["pipe", "pipe", "inherit"] });
      // Options travel by stdin: a password on a command line is read by everybody on the machine.
      child.stdin.end(JSON.stringify(options));
      const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
      const [said, code] = await Promise.all([text(child.stdout), exited]);
      if (said.trim() === "") return { ok: false, code: "task_failed", message: `the task ${name} ended with code ${code}` };
      return JSON.parse(said) as Answer;
    },

    async server(args) {
      if (process.execve && process.platform !== "win32")
        process.execve(process.execPath, [process.execPath, quiet, server, ...args], process.env as Record<string, string>);
      const child = spawn(process.execPath, [quiet, server, ...args], { stdio: "inherit" });
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
      return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
    },
  };
}
