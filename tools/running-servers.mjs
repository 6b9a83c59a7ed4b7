// A server loads some of its files only when it needs them, so nothing of a clone is replaced under one that runs.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isGone } from "./file-lock.mjs";

/** Process ids of the servers that have noted themselves in this folder and live. */
export function runningServers(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map(Number)
    .filter((pid) => {
      if (isServer(pid)) return true;
      rmSync(join(folder, String(pid)), { force: true });
      return false;
    });
}

// The number of a killed one may be somebody else's by now.
function isServer(pid) {
  if (isGone(pid)) return false;
  const file = `/proc/${pid}/cmdline`;
  try {
    return !existsSync(file) || readFileSync(file, "utf8").includes("apps/server/src/main.ts");
  } catch {
    return true;
  }
}
