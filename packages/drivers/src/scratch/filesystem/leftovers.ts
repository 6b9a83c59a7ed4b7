import { randomUUID } from "node:crypto";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Only what is named so is ever removed, whatever else somebody keeps in that folder. */
export const SUFFIX = ".landing";

/** Longer than anybody copies one file: what was not written to for this long belongs to nobody that lives. */
const LEFTOVER_MS = 2 * 3_600_000;

/**
 * Removes what dead processes left. A process id says nothing here, as neighbours may live in other containers; and this
 * process's clock may be wrong: both the age and the moment are read from the file system.
 */
export async function removeLeftovers(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(SUFFIX));
  if (names.length === 0) return 0;
  const nowMs = await readClock(directory);
  const removed = await Promise.all(names.map((name) => removeIfOld(join(directory, name), nowMs)));
  return removed.filter(Boolean).length;
}

async function readClock(directory: string): Promise<number> {
  const probe = join(directory, `${randomUUID()}${SUFFIX}`);
  try {
    await writeFile(probe, "", { flag: "wx", mode: 0o600 });
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

async function removeIfOld(path: string, nowMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile() || nowMs - found.mtimeMs < LEFTOVER_MS) return false;
  await rm(path, { force: true });
  return true;
}
