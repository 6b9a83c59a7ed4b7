import { spawn, type ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { setPriority, constants } from "node:os";

export interface Run {
  readonly command: string;
  readonly words: readonly string[];
  /** All that it is told of our environment. */
  readonly path: string;
  readonly folder: string;
  /** Ends it at once, by force. */
  readonly signal: AbortSignal;
  /** More than it may say: it is ended. */
  readonly bytesMax: number;
  hear(piece: Buffer): void;
}

// What it says first is why; what follows from that is much.
const SAID_MAX = 300;

/** Resolves when it and all that it started are gone, and it said that it went well. */
export function run({ command, words, path, folder, signal, bytesMax, hear }: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // A group of its own: what is found under the name may be a script that starts the program.
    const child = spawn(command, words, { cwd: folder, env: { PATH: path }, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = (): void => endGroup(child);
    signal.addEventListener("abort", end, { once: true });
    process.once("exit", end);
    yieldToOthers(child);
    let [size, said] = [0, ""];
    child.stdout.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size > bytesMax) end();
      else hear(piece);
    });
    child.stderr.on("data", (piece: Buffer) => (said = (said + piece.toString()).slice(0, SAID_MAX)));
    // Whoever it left behind would hold its pipes open.
    child.once("exit", end);
    const settle = (trouble: unknown): void => {
      signal.removeEventListener("abort", end);
      process.off("exit", end);
      if (trouble) reject(trouble);
      else resolve();
    };
    child.once("error", settle);
    child.once("close", (code) => {
      if (signal.aborted) settle(signal.reason);
      else if (size > bytesMax) settle(new Error("it says more than it was asked for"));
      else settle(code === 0 ? null : new Error(`it ended with ${code}: ${said.trim()}`));
    });
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

/** What people wait for comes first, and where memory ends, this goes. */
function yieldToOthers({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It is gone already, or may not be made to wait.
  }
  // Only Linux has this, and not everywhere.
  if (process.platform === "linux") void writeFile(`/proc/${pid}/oom_score_adj`, "1000").catch(() => undefined);
}
