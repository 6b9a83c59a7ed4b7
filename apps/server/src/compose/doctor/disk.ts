/** Looks at a folder by writing there, as the product does. */
import { randomBytes } from "node:crypto";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "@cooly/engine/ports";

const PROBE_BYTES = 1024 * 1024;
const GIB = 1024 ** 3;
const LOW_BYTES = GIB;

export interface Folder {
  /** What is kept there, for people. */
  readonly holds: string;
  readonly directory: string;
  readonly variable: string;
}

export async function examineFolder({ holds, directory, variable }: Folder): Promise<readonly Finding[]> {
  const probe = join(directory, `.cooly-probe-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(probe, "wx", 0o600);
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES, 1));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    return [unwritable(error as NodeJS.ErrnoException, { holds, directory, variable })];
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free < LOW_BYTES) {
    return [
      {
        code: "disk.low",
        level: "warning",
        says: `The disk of ${holds} (${directory}) has ${(free / GIB).toFixed(1)} GiB left.`,
        fix: `Free some space, or set ${variable} to a folder on a larger disk.`,
      },
    ];
  }
  return [{ code: "disk.room", level: "good", says: `There is room for ${holds}: ${directory}, ${Math.floor(free / GIB)} GiB free.` }];
}

function unwritable({ code = "", message }: NodeJS.ErrnoException, { holds, directory, variable }: Folder): Finding {
  const full = code === "ENOSPC" || code === "EDQUOT";
  return {
    code: full ? "disk.full" : "disk.unwritable",
    level: "failure",
    says: full ? `The disk of ${holds} (${directory}) is full.` : `${directory}, where ${holds} are kept, cannot be written.`,
    cause: message,
    fix: full
      ? `Free some space, or set ${variable} to a folder on another disk.`
      : `Give the folder to the user that runs this, or set ${variable} to another one.`,
  };
}
