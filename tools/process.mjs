// Children that live long: a wish to stop reaches them once, and none outlives us.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { isGone } from "./file-lock.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const PARENT_CHECK_MS = 1000;

// npm runs a script by a shell, and that shell would outlive npm without a word to us.
const npm = findNpmAbove();

/** The process number of the npm whose shell is our parent; null if there is none between us. */
function findNpmAbove() {
  try {
    const grandparent = Number(/\) \S+ (\d+)/.exec(readFileSync(`/proc/${process.ppid}/stat`, "utf8"))[1]);
    return readFileSync(`/proc/${grandparent}/cmdline`, "utf8").startsWith("npm") ? grandparent : null;
  } catch {
    return null;
  }
}

/** Becomes the command where Node can, which saves a process; else runs it and ends as it ends. */
export async function become(program, args, options) {
  if (program === process.execPath && process.execve && process.platform !== "win32") {
    if (options.cwd) process.chdir(options.cwd);
    process.execve(program, [program, ...args], { ...options.env, ...(npm !== null && { COOLY_STARTER: String(npm) }) });
  }
  process.exit(await run(program, args, { stdio: "inherit", ...options }));
}

/** Runs to the end, or until `options.signal` aborts, and answers the exit code as a shell would count it. */
export function run(program, args, options) {
  const child = spawn(program, args, options);
  const release = watchOver(child);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      if (error.name === "AbortError") return;
      release();
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once("exit", (code, signal) => {
      release();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

function watchOver(child) {
  let told = false;
  const tell = (signal) => {
    // A terminal tells everybody, and so does npm: the child hears of the same Ctrl-C several times as it is.
    if (!told) child.kill(signal);
    told = true;
    setTimeout(() => (told = false), PARENT_CHECK_MS).unref();
  };
  for (const signal of SIGNALS) process.on(signal, tell);
  // npm may be killed without a word to us.
  const parent = process.ppid;
  const watch = setInterval(() => (process.ppid !== parent || (npm !== null && isGone(npm))) && tell("SIGTERM"), PARENT_CHECK_MS);
  return () => {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, tell);
  };
}
