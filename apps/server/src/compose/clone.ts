/** What the tools of this clone need to know: that a server runs from its files. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../../.tools/servers/", import.meta.url));

/** While this process lives, nobody reinstalls or rebuilds what it runs from. An image that cannot be written has no such tools. */
export function noteServer(): void {
  const file = join(folder, String(process.pid));
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, "");
    process.once("exit", () => rmSync(file, { force: true }));
  } catch {
    return;
  }
}
