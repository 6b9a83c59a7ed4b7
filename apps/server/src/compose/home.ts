/** What `npm start` keeps in COOLY_HOME beside the data: its secrets, how to sign in, and where it runs. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Secrets {
  readonly authSecret: string;
  readonly admin: { readonly email: string; readonly password: string };
  readonly demo: { readonly email: string; readonly password: string };
}

const word = (): string => randomBytes(9).toString("base64url");

/** Made once; the file is for its owner alone. */
export function loadSecrets(home: string): Secrets {
  const file = join(home, "secrets.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Secrets;
  const secrets: Secrets = {
    authSecret: randomBytes(32).toString("base64url"),
    admin: { email: "admin@cooly.local", password: word() },
    demo: { email: "demo@cooly.local", password: word() },
  };
  mkdirSync(home, { recursive: true, mode: 0o700 });
  write(file, secrets);
  return secrets;
}

/** Where the running server of this home is, for commands beside it. */
export interface Running {
  readonly pid: number;
  readonly url: string;
}

const runningFile = (home: string): string => join(home, "running.json");

export const noteRunning = (home: string, running: Running): void => write(runningFile(home), running);
export const forgetRunning = (home: string): void => rmSync(runningFile(home), { force: true });

export function readRunning(home: string): Running | null {
  const file = runningFile(home);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Running) : null;
}

// Renamed into place: a reader sees the old one or the new one, also after a crash.
function write(file: string, value: unknown): void {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(aside, file);
}
