/** The schemas of those who read our files. They are not ours to pass on: whoever has them, or a way to them, checks by them. */
import { Ajv, type ErrorObject } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { renderPlans, type DeployFile, type DeployFinding } from "@cooly/topology";
import { parse } from "yaml";

export type SchemaName = "compose" | "compose (newer)" | "render" | "vercel" | "github workflow" | "traefik";
export type SchemaTexts = Readonly<Partial<Record<SchemaName, string>>>;

interface Official {
  readonly name: SchemaName;
  /** In a folder of copies. */
  readonly file: string;
  readonly address: string;
  readonly reads: (path: string) => boolean;
  readonly dialect: "draft-07" | "2020-12";
}

const isCompose = (path: string): boolean => /(^|\/)(docker-)?compose[^/]*\.ya?ml$/.test(path);

export const officialSchemas: readonly Official[] = [
  {
    name: "compose",
    file: "compose-spec.json",
    address: "https://raw.githubusercontent.com/compose-spec/compose-spec/main/schema/compose-spec.json",
    reads: isCompose,
    dialect: "draft-07",
  },
  {
    name: "compose (newer)",
    file: "compose-go.compose-spec.json",
    address: "https://raw.githubusercontent.com/compose-spec/compose-go/main/schema/compose-spec.json",
    reads: isCompose,
    dialect: "2020-12",
  },
  {
    name: "render",
    file: "render-blueprints.json",
    address: "https://render.com/schema/render.yaml.json",
    reads: (path) => /(^|\/)render[^/]*\.ya?ml$/.test(path),
    dialect: "2020-12",
  },
  {
    name: "vercel",
    file: "vercel.json",
    address: "https://openapi.vercel.sh/vercel.json",
    reads: (path) => /(^|\/)vercel\.json$/.test(path),
    dialect: "draft-07",
  },
  {
    name: "github workflow",
    file: "github-workflow.json",
    address: "https://json.schemastore.org/github-workflow.json",
    reads: (path) => /(^|\/)(github-\w+\.ya?ml|\.github\/workflows\/[^/]+\.ya?ml)$/.test(path),
    dialect: "draft-07",
  },
  {
    name: "traefik",
    file: "traefik-v3-file-provider.json",
    address: "https://json.schemastore.org/traefik-v3-file-provider.json",
    reads: (path) => /(^|\/)traefik\/[^/]+\.ya?ml$/.test(path),
    dialect: "draft-07",
  },
];

type Json = { [member: string]: unknown };

export function checkByOfficialSchemas(files: readonly DeployFile[], texts: SchemaTexts): readonly DeployFinding[] {
  return officialSchemas.flatMap((official) => {
    const text = texts[official.name];
    const read = files.filter(({ path }) => official.reads(path));
    if (text === undefined || read.length === 0) return [];
    const validate = compile(official, JSON.parse(text.replace(/^\uFEFF/, "")) as Json);
    return read.flatMap((file) => {
      const value = valueOf(file);
      return value === undefined || validate(value) ? [] : (validate.errors ?? []).filter(isTelling).map((error) => finding(official, file.path, error));
    });
  });
}

function compile(official: Official, schema: Json) {
  // One says https where the dialect's name is http; one says draft-04 and is draft-07.
  const ready = { ...prepare(official.name, schema), ...(official.dialect === "draft-07" && { $schema: "http://json-schema.org/draft-07/schema" }) };
  const settings = { strict: false, allErrors: false, validateFormats: false, logger: false } as const;
  return official.dialect === "2020-12" ? new Ajv2020(settings).compile(ready) : new Ajv(settings).compile(ready);
}

/** Plans are called otherwise since August 2026, which copies of Render's schema may not know yet. */
function prepare(name: SchemaName, schema: Json): Json {
  const definitions = schema["definitions"] as { plan?: { enum?: readonly string[] } } | undefined;
  if (name !== "render" || !definitions?.plan?.enum) return schema;
  return { ...schema, definitions: { ...definitions, plan: { ...definitions.plan, enum: [...new Set([...definitions.plan.enum, ...renderPlans])] } } };
}

function valueOf({ path, text }: DeployFile): unknown {
  try {
    return path.endsWith(".json") ? JSON.parse(text) : parse(text, { merge: true });
  } catch {
    // Our own rules say it.
    return undefined;
  }
}

/** Of many ways to fail one choice, the choice itself says nothing. */
const isTelling = ({ keyword }: ErrorObject): boolean => keyword !== "if";

const finding = ({ name }: Official, file: string, { instancePath, message, params }: ErrorObject): DeployFinding => ({
  rule: "official-schema",
  file,
  says: `${file} is not what ${name} reads: ${instancePath || "/"} ${message ?? "is wrong"}.`,
  cause: `The official schema says so${Object.keys(params).length > 0 ? ` (${JSON.stringify(params)})` : ""}.`,
  fix: "Correct it there, or render the file again.",
});
