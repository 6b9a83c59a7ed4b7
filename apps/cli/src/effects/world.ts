import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Answer, World } from "../command.ts";
import { ask } from "./ask.ts";
import { readFile, removeFile, writeFile } from "./files.ts";
import { fetchText, readFolder } from "./folders.ts";
import { http, interruption } from "./http.ts";
import { isAlive, run, wait } from "./programs.ts";

const server = fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url));
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const WIPE = "\x1b[2K";
const quiet = "--disable-warning=ExperimentalWarning";

/** The server's tasks do the work; this starts them where the server's code is. `quiet`: a program reads what is said. */
export function createWorld({ quiet: forPrograms }: { quiet: boolean }): World {
  return {
    interactive: process.stdin.isTTY,
    readFile,
    writeFile,
    ask,
    chance: (bytes) => randomBytes(bytes),
    now: () => new Date(),
    readFolder,
    fetchText,
    http,
    interruption,
    run,
    removeFile,
    wait,
    process: { id: process.pid, machine: hostname() },
    isAlive,
    setting: (name) => process.env[name] || undefined,
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),

    progress: (line) => void (forPrograms || process.stderr.write(process.stderr.isTTY ? `${WIPE}${line}\r` : `${line}\n`)),

    async task(name, options, onProgress) {
      const child = spawn(process.execPath, [quiet, server, "task", name], { stdio: ["pipe", "pipe", "pipe"] });
      // A Ctrl-C reaches the task as well: it ends in order, and then so do we.
      const pass = (signal: NodeJS.Signals): boolean => child.kill(signal);
      for (const signal of SIGNALS) process.on(signal, pass);
      child.stdin.on("error", () => undefined);
      // Options travel by stdin: a password on a command line is read by everybody on the machine.
      child.stdin.end(JSON.stringify(options));
      const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
      const [answer, complaint, code] = await Promise.all([readAnswer(child.stdout, onProgress), text(child.stderr), exited]);
      for (const signal of SIGNALS) process.off(signal, pass);
      if (onProgress && process.stderr.isTTY) process.stderr.write(WIPE);
      if (!answer) return { ok: false, code: "task_failed", message: complaint.trim() || `the task ${name} ended with code ${code}`, exit: code };
      if (!forPrograms) process.stderr.write(complaint);
      return answer;
    },

    async server(args) {
      if (process.execve && process.platform !== "win32")
        process.execve(process.execPath, [process.execPath, quiet, server, ...args], process.env as Record<string, string>);
      const child = spawn(process.execPath, [quiet, server, ...args], { stdio: "inherit" });
      for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
      return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
    },
  };
}

/** A task says a line for each progress, and its answer at last. */
async function readAnswer(stdout: Readable, onProgress: Parameters<World["task"]>[2]): Promise<Answer | null> {
  let answer: Answer | null = null;
  for await (const line of createInterface({ input: stdout })) {
    if (line.trim() === "") continue;
    const said = JSON.parse(line) as Answer | { readonly progress: Readonly<Record<string, unknown>> };
    if ("progress" in said && !("ok" in said)) onProgress?.(said.progress as Readonly<Record<string, unknown>>);
    else answer = said as Answer;
  }
  return answer;
}
