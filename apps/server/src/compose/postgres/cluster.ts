/** The cluster's folder: made whole or not at all, and never touched where it is not ours to touch. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isRoot, type Ids, type Programs } from "./binaries.ts";
import { USER } from "./settings.ts";

export const programEnvironment: NodeJS.ProcessEnv = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC" };

// As root, the unprivileged server may be unable to walk the path to its own folder (below a 0700 home). Its working
// directory is set before it loses its rights, and /proc/self/cwd leads there without walking.
export const pathFor = (cluster: string): string => (isRoot && process.platform === "linux" ? "/proc/self/cwd" : cluster);

export const clusterOf = (home: string): string => join(home, "postgres");

/** False: there is none yet. Throws where there is something else, or the cluster of another PostgreSQL. */
export function hasCluster(home: string, major: number): boolean {
  const cluster = clusterOf(home);
  if (!existsSync(cluster)) return false;
  if (readdirSync(cluster).length === 0) {
    rmdirSync(cluster);
    return false;
  }
  const file = join(cluster, "PG_VERSION");
  if (!existsSync(file) || !existsSync(join(cluster, "global", "pg_control")))
    throw new Error(
      `${cluster} is not a whole database: it lacks ${existsSync(file) ? "global/pg_control" : "PG_VERSION"}. Put it back from a backup, or move it away to begin anew.`,
    );
  const made = readFileSync(file, "utf8").trim();
  if (made !== String(major))
    throw new Error(
      `${cluster} was made by PostgreSQL ${made} and this version of Cooly brings PostgreSQL ${major}. Start the version that made it, dump it with pg_dump, and restore the dump into a new COOLY_HOME.`,
    );
  return true;
}

/** Made in a folder aside and renamed when whole: an interrupted one is never taken for a database. */
export async function makeCluster(home: string, { folder, who }: Programs, options: { password: string; durable: boolean }): Promise<void> {
  const aside = join(home, "postgres.partial");
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  giveTo(who, aside);
  const passwordFile = join(tmpdir(), `cooly-${randomBytes(8).toString("hex")}`);
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600, flag: "wx" });
  giveTo(who, passwordFile);
  const words = ["-D", pathFor(aside), "-U", USER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"];
  try {
    await runProgram(join(folder, "bin", "initdb"), [...words, ...(options.durable ? [] : ["--no-sync"])], { who, cwd: aside });
    renameSync(aside, clusterOf(home));
    if (options.durable) syncFolder(home);
  } catch (cause) {
    rmSync(aside, { recursive: true, force: true });
    throw new Error(`the database could not be made: ${(cause as Error).message}`, { cause });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** For a cluster whose `postgres.json` is lost. No server may run on it. */
export async function resetPassword(home: string, { folder, who }: Programs, password: string): Promise<void> {
  const cluster = clusterOf(home);
  const input = `alter role ${USER} password '${password}'\n`;
  await runProgram(join(folder, "bin", "postgres"), ["--single", "-D", pathFor(cluster), "postgres"], { who, cwd: cluster, input });
}

function giveTo({ uid, gid }: Ids, path: string): void {
  if (uid !== undefined) chownSync(path, uid, gid!);
}

// A rename is durable once its folder is.
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(path, "r");
  fsyncSync(handle);
  closeSync(handle);
}

function runProgram(program: string, args: readonly string[], { who, cwd, input }: { who: Ids; cwd: string; input?: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...who, cwd, env: programEnvironment }, (error, _said, complaint) => {
      if (error) reject(new Error(essence(complaint) ?? error.message, { cause: error }));
      else resolve();
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** Of what PostgreSQL's programs say, the line that matters, in our words where we have some. */
export function essence(said: string): string | null {
  const lines = said.trim().split("\n").slice(-20);
  if (lines.some((line) => line.includes("No space left on device"))) return "its disk is full: free some space, or set COOLY_HOME to another folder";
  const fatal = lines.findLast((line) => /(FATAL|PANIC):|error:/.test(line)) ?? lines.at(-1);
  return fatal?.replace(/^.*(FATAL|PANIC|error):\s*/, "") || null;
}

export const logOf = (home: string): string => join(home, "log", "postgres.log");
export const prepareLog = (home: string): void => void mkdirSync(dirname(logOf(home)), { recursive: true, mode: 0o700 });
