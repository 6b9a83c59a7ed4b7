/** Programs of this machine that may be there and may not. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Where `name` lies on `path`, by its whole address; null where it does not. */
export function findProgram(path: string | null, name: string): string | null {
  for (const folder of (path ?? "").split(delimiter)) {
    const file = join(folder, name);
    if (isAbsolute(file) && isExecutable(file)) return file;
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
