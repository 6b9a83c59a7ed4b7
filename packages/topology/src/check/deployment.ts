/** Files -> what they are. */
import { parseAllDocuments } from "yaml";
import { readBlueprint, type BlueprintModel } from "./blueprint-model.ts";
import { isRecord, readCompose, type ComposeModel } from "./compose-model.ts";
import type { DeployFile, DeployFinding } from "./finding.ts";

type Raw = Readonly<Record<string, unknown>>;

export interface EnvLine {
  readonly name: string;
  readonly value: string;
  /** It stands there, and is not set. */
  readonly commented: boolean;
}

export interface Deployment {
  readonly files: readonly DeployFile[];
  readonly composes: readonly ComposeModel[];
  readonly blueprints: readonly BlueprintModel[];
  /** Of Traefik's file provider. */
  readonly routes: readonly { readonly path: string; readonly raw: Raw }[];
  readonly environments: readonly { readonly path: string; readonly lines: readonly EnvLine[] }[];
  readonly documents: readonly { readonly path: string; readonly value: unknown }[];
  readonly unreadable: readonly DeployFinding[];
}

const isYaml = (path: string): boolean => /\.ya?ml$/.test(path);
const isEnvironment = (path: string): boolean => /(^|\/)[^/]*\.env(\.[^/]*)?$|(^|\/)\.env[^/]*$/.test(path);

export function readDeployment(files: readonly DeployFile[]): Deployment {
  const read = files.filter(({ path }) => isYaml(path) || path.endsWith(".json")).map((file) => ({ file, ...parseFile(file) }));
  const documents = read.filter(({ problem }) => problem === null).map(({ file, value }) => ({ path: file.path, value }));
  const records = documents.flatMap(({ path, value }) => (isRecord(value) ? [{ path, raw: value }] : []));
  return {
    files,
    documents,
    composes: records.filter(({ raw }) => isRecord(raw["services"]) && raw["http"] === undefined).map(({ path, raw }) => readCompose(path, raw)),
    blueprints: records
      .filter(({ path, raw }) => isYaml(path) && [raw["services"], raw["databases"], raw["envVarGroups"]].some(Array.isArray))
      .map(({ path, raw }) => readBlueprint(path, raw)),
    routes: records.filter(({ raw }) => isRecord(raw["http"]) || isRecord(raw["tcp"])),
    environments: files.filter(({ path }) => isEnvironment(path)).map(({ path, text }) => ({ path, lines: linesOf(text) })),
    unreadable: read.flatMap(({ file, problem }) => (problem === null ? [] : [unreadable(file.path, problem)])),
  };
}

function parseFile({ path, text }: DeployFile): { value: unknown; problem: string | null } {
  try {
    if (path.endsWith(".json")) return { value: JSON.parse(text) as unknown, problem: null };
    const [document] = parseAllDocuments(text, { merge: true });
    const [error] = document && "errors" in document ? document.errors : [];
    return { value: document && "toJS" in document ? (document.toJS() as unknown) : null, problem: error?.message ?? null };
  } catch (error) {
    return { value: null, problem: (error as Error).message };
  }
}

const unreadable = (file: string, problem: string): DeployFinding => ({
  rule: "unreadable",
  file,
  says: `${file} cannot be read.`,
  cause: problem.split("\n")[0]!.replace(/[:.]?$/, "."),
  fix: "Correct it there, or render the file again.",
});

const linesOf = (text: string): readonly EnvLine[] =>
  text.split("\n").flatMap((line) => {
    const [, mark, name, value] = /^\s*(#?)\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value: value!.trim().replace(/^(["'])(.*)\1$/, "$2"), commented: mark === "#" }];
  });
