import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../command.ts";

const NO_SUCH_PROGRAM = 127;

export const run: World["run"] = async (program, args) => {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<{ code: number; why: string }>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => resolve({ code: error.code === "ENOENT" ? NO_SUCH_PROGRAM : 1, why: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, why: "" }));
  });
  const [stdout, stderr, { code, why }] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr: stderr + why };
};

export const wait: World["wait"] = (milliseconds) => sleep(milliseconds);

export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // One of another user lives as well.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
