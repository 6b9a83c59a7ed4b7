import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

/** Files of the project as they are in the working tree, also those that are not committed yet. */
export function projectFiles(): string[] {
  const { stdout } = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
  return stdout.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
}
