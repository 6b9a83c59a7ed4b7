import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { parseEnvironment, type RoleName, type Value, type VariableName } from "@cooly/topology";

/** EX_CONFIG of sysexits.h. */
export const EXIT_CONFIGURATION = 78;

/** The checked environment of this process. */
export interface Configuration {
  text(name: VariableName): string | null;
  number(name: VariableName): number | null;
  flag(name: VariableName): boolean;
  list(name: VariableName): readonly string[];
  /** Absolute. */
  readonly home: string;
}

export class ConfigurationProblem extends Error {}

/** Reads `.env` and the environment; what is wrong is said at once, in one sentence each, and ends the process. */
export function loadConfiguration(roles: readonly RoleName[], required: readonly VariableName[] = []): Configuration {
  try {
    const { configuration, warnings } = readConfiguration(process.env, { roles, required, envFile: resolve(".env") });
    for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    return configuration;
  } catch (error) {
    if (!(error instanceof ConfigurationProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIGURATION);
  }
}

export function readConfiguration(
  environment: NodeJS.ProcessEnv,
  options: { roles: readonly RoleName[]; required?: readonly VariableName[]; envFile: string },
): { configuration: Configuration; warnings: readonly string[] } {
  const file = readEnvFile(options.envFile);
  const merged = { ...file.values, ...environment };
  const parsed = parseEnvironment(merged, {
    roles: options.roles,
    required: options.required ?? [],
    readFile: (path) => readFileSync(path, "utf8"),
  });
  const problems = [...file.problems, ...parsed.problems];
  if (problems.length > 0) throw new ConfigurationProblem(problems.join("\n"));
  return { configuration: wrap(parsed.values), warnings: [...file.warnings, ...parsed.warnings] };
}

interface EnvFile {
  readonly values: NodeJS.Dict<string>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

function readEnvFile(path: string): EnvFile {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { values: {}, problems: [], warnings: [] };
  if (found.isDirectory())
    return { values: {}, problems: [".env is a folder; it must be a file of NAME=value lines, for example LOG_LEVEL=info."], warnings: [] };
  try {
    const text = readFileSync(path, "utf8");
    const names = text.split("\n").flatMap((line) => /^\s*(?:export\s+)?([A-Za-z_][\w]*)\s*=/.exec(line)?.[1] ?? []);
    const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
    const warnings = twice.map((name) => `${name} is in .env more than once; the last one counts.`);
    if (process.platform !== "win32" && (found.mode & 0o004) !== 0)
      warnings.push(".env can be read by everybody on this machine; chmod 600 .env keeps its secrets.");
    return { values: parseEnv(text), problems: [], warnings };
  } catch {
    return { values: {}, problems: [".env cannot be read; make it readable for the user that runs this, for example chmod 600 .env."], warnings: [] };
  }
}

function wrap(values: ReadonlyMap<VariableName, Value>): Configuration {
  const text = (name: VariableName): string | null => (values.get(name) as string | undefined) ?? null;
  return {
    text,
    number: (name) => (values.get(name) as number | undefined) ?? null,
    flag: (name) => values.get(name) === true,
    list: (name) => (values.get(name) as readonly string[] | undefined) ?? [],
    home: resolve(text("COOLY_HOME") ?? ".cooly"),
  };
}
