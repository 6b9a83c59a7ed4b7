// Children that live long: signals reach them once, and none outlives us.
import { spawn } from "node:child_process";
import { environment, root } from "./bootstrap.mjs";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];
const PARENT_CHECK_MS = 1000;

/** Becomes the command where Node can, which saves a process; else runs it and ends as it ends. */
export async function replaceOrSpawn(node, args) {
  if (node === process.execPath && process.execve && process.platform !== "win32") {
    process.execve(node, [node, "--disable-warning=ExperimentalWarning", ...args], environment(node));
  }
  process.exit(await runStep(node, ["--disable-warning=ExperimentalWarning", ...args], { stdio: "inherit", env: environment(node) }));
}

/** Answers the exit code. */
export function runStep(node, args, options) {
  const child = spawn(node, args, { cwd: root, ...options });
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  // npm may die without a word to its children.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), PARENT_CHECK_MS);
  watch.unref();
  return new Promise((resolve) => {
    child.once("error", (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.once("exit", (code, signal) => {
      clearInterval(watch);
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}
