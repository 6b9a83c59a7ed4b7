/** What `npm start` keeps in COOLY_HOME beside the data: its secrets, how to sign in, and where it runs. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** Makes the folder if need be and proves that it can be written; what is wrong is said in one sentence. */
export function openHome(home: string): void {
  const probe = join(home, `.probe.${process.pid}`);
  try {
    makeFolder(home);
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES, 1));
  } catch (error) {
    throw new Error(whyNot(home, error as NodeJS.ErrnoException), { cause: error });
  } finally {
    try {
      rmSync(probe, { force: true });
    } catch {
      // Where it could not be made it need not be removed.
    }
  }
}

const PROBE_BYTES = 256 * 1024;

function makeFolder(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Where it fails half way it says ENOENT, whatever the reason was.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    mkdirSync(home, { mode: 0o700 });
  }
}

function whyNot(home: string, { code, message }: NodeJS.ErrnoException): string {
  const elsewhere = "or set COOLY_HOME to another folder";
  if (code === "ENOSPC" || code === "EDQUOT") return `The disk that holds ${home} is full: free some space, ${elsewhere}.`;
  if (code === "EROFS") return `${home} is on a file system that is mounted read-only: make it writable, ${elsewhere}.`;
  if (code === "ENOTDIR" || code === "EEXIST") return `${home} is not a folder, or lies below a file: move that file away, ${elsewhere}.`;
  if (code !== "EACCES" && code !== "EPERM") return `${home} cannot be used: ${message}.`;
  const owner = ownerOf(home);
  const whose = owner === undefined || owner === process.getuid?.() ? "" : ` (it belongs to the user with the id ${owner})`;
  return `${home} cannot be written by ${userInfo().username}${whose}: give it to that user, ${elsewhere}.`;
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
}

const SignIn = z.object({ email: z.string(), password: z.string() });
const Secrets = z.object({ authSecret: z.string().min(32), admin: SignIn, demo: SignIn });
export type Secrets = Readonly<z.infer<typeof Secrets>>;

const word = (): string => randomBytes(9).toString("base64url");

/** Made once; the file is for its owner alone. */
export function loadSecrets(home: string): Secrets {
  const file = join(home, "secrets.json");
  if (!existsSync(file)) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFirst(file, {
      authSecret: randomBytes(32).toString("base64url"),
      admin: { email: "admin@cooly.local", password: word() },
      demo: { email: "demo@cooly.local", password: word() },
    });
  }
  try {
    return Secrets.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new Error(
      `${file} is damaged: it should hold the secret that signs sessions and the first passwords. Put it back from a backup, or remove it and start again: everybody then signs in anew.`,
      { cause },
    );
  }
}

/** Where the running server of this home is, for commands beside it. */
export interface Running {
  readonly pid: number;
  readonly url: string;
}

const runningFile = (home: string): string => join(home, "running.json");

export const noteRunning = (home: string, running: Running): void => writeWhole(runningFile(home), running);
export const forgetRunning = (home: string): void => rmSync(runningFile(home), { force: true });

export function readRunning(home: string): Running | null {
  try {
    return JSON.parse(readFileSync(runningFile(home), "utf8")) as Running;
  } catch {
    return null;
  }
}

/** Renamed into place: a reader sees the old one or the new one, also after a crash. */
export function writeWhole(file: string, value: unknown): void {
  renameSync(writeAside(file, value), file);
}

// Two may make it at once: one name wins, and both read that one.
function writeFirst(file: string, value: unknown): void {
  const aside = writeAside(file, value);
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function writeAside(file: string, value: unknown): string {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  return aside;
}
