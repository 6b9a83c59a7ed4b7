/** What a Compose of this machine says to a rendered file: `docker-compose` is 1.29 or 2, `docker compose` is 2. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Accepted {
  readonly code: number;
  /** The file as Compose reads it. */
  readonly config: string;
  readonly complaint: string;
}

export const composePrograms = (): readonly (readonly string[])[] =>
  [["docker-compose"], ["docker", "compose"]].filter(([program, ...words]) => spawnSync(program!, [...words, "version"]).status === 0);

/** `example`: every variable that has to be set gets a value of its own. */
export function composeConfig(program: readonly string[], file: string, example: string): Accepted {
  const folder = mkdtempSync(join(tmpdir(), "cooly-compose-"));
  try {
    const environment = join(folder, "environment");
    writeFileSync(environment, filledIn(readFileSync(example, "utf8")));
    const words = [...program.slice(1), "--env-file", environment, "-f", file, "config"];
    const { status, stdout, stderr } = spawnSync(program[0]!, words, {
      cwd: dirname(file),
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: folder },
    });
    return { code: status ?? 1, config: stdout, complaint: stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const filledIn = (example: string): string => example.replaceAll(/^([A-Z][A-Z0-9_]*)=$/gm, (_, name: string) => `${name}=value-of-${name.toLowerCase()}`);
