import { parse, stringify, YAMLParseError } from "yaml";
import { z } from "zod";
import { Misuse } from "../arguments.ts";
import { command, report, type Answer, type World } from "../command.ts";

interface Finding {
  readonly level: "failure" | "warning";
  readonly says: string;
}
interface Checked {
  readonly id: string;
  readonly findings: readonly Finding[];
}
interface Listed extends Checked {
  readonly version: number;
  readonly kind: string;
  readonly source: string;
  readonly hidden: string | null;
  readonly status: string;
  readonly retire_at: string | null;
  readonly providers: readonly string[];
}

const id = z.string().meta({ description: "The model, for example demo/painter." });

export const modelLs = command({
  name: "model ls",
  summary: "The models on offer, or all of them, with what is wrong or soon will be.",
  example: "cooly model ls --all",
  places: [],
  options: z.strictObject({ all: z.boolean().default(false).meta({ description: "Also those that are disabled, retired, or have no provider here." }) }),
  async run({ json, ...options }, world) {
    const answer = await world.task("model-ls", options);
    const models = (answer["models"] ?? []) as Listed[];
    return report(world, answer, { json, words: () => (models.length === 0 ? ["no model is on offer"] : models.flatMap(lineOf)) });
  },
});

const HIDDEN: Readonly<Record<string, string>> = { disabled: "disabled", retired: "retired", no_provider: "no provider here" };

function lineOf({ id: name, version, kind, source, hidden, status, providers, findings }: Listed): string[] {
  const state = hidden === null ? (status === "active" ? "on offer" : status) : (HIDDEN[hidden] ?? hidden);
  const whose = source === "operator" ? "yours" : "shipped";
  return [
    `${name.padEnd(32)} ${kind.padEnd(6)} ${state.padEnd(17)} ${whose} ${version}  ${providers.join(", ")}`,
    ...findings.filter(({ says }) => hidden !== "no_provider" || !says.includes("no provider")).map(wordOf),
  ];
}

const wordOf = ({ level, says }: Finding): string => `  ${level === "failure" ? "wrong" : "note"}: ${says}`;

export const modelShow = command({
  name: "model show",
  summary: "A model's manifest, as it holds now: change it and add it again.",
  example: "cooly model show demo/painter",
  places: ["id"],
  options: z.strictObject({ id }),
  async run({ json, id: name }, world) {
    const answer = await world.task("model-show", { id: name });
    return report(world, answer, { json, words: () => stringify(answer["manifest"]).trimEnd().split("\n") });
  },
});

export const modelCheck = command({
  name: "model check",
  summary: "What is wrong with a manifest, or soon will be: of a file, of one model, or of all.",
  example: "cooly model check my-model.yaml",
  places: ["what"],
  options: z.strictObject({ what: z.string().optional().meta({ description: "A file (.yaml, .yml or .json), or a model. Default: all models." }) }),
  async run({ json, what }, world) {
    const isFile = what !== undefined && /\.(ya?ml|json)$/.test(what);
    const answer = await world.task("model-check", isFile ? { manifest: await readManifest(world, what) } : what === undefined ? {} : { id: what });
    return tell(world, answer, { json, words: () => describe(answer) });
  },
});

export const modelAdd = command({
  name: "model add",
  summary: "Take a manifest: a new model, or another version of one, on offer at once and without a deployment.",
  example: "cooly model add my-model.yaml",
  places: ["file"],
  options: z.strictObject({ file: z.string().meta({ description: "The manifest (.yaml, .yml or .json)." }) }),
  async run({ json, file }, world) {
    const answer = await world.task("model-add", { manifest: await readManifest(world, file) });
    const added = answer.ok ? [`added ${String(answer["id"])}, version ${String(answer["version"])}`] : [];
    return tell(world, answer, { json, words: () => [...added, ...describe(answer)] });
  },
});

const changes = {
  enable: { summary: "Put a model on offer again.", words: "is on offer, unless it is retired or has no provider here" },
  disable: { summary: "Take a model off offer. What was accepted before is made all the same.", words: "is no longer on offer" },
  reset: { summary: "Go back to the manifest that came with this release.", words: "is as it came with this release" },
} as const;

const changing = (verb: keyof typeof changes) =>
  command({
    name: `model ${verb}`,
    summary: changes[verb].summary,
    example: `cooly model ${verb} demo/painter`,
    places: ["id"],
    options: z.strictObject({ id }),
    async run({ json, id: name }, world) {
      const answer = await world.task(`model-${verb}`, { id: name });
      return report(world, answer, { json, words: () => [`${name} ${changes[verb].words}`] });
    },
  });
export const modelEnable = changing("enable");
export const modelDisable = changing("disable");
export const modelReset = changing("reset");

async function readManifest(world: World, path: string): Promise<unknown> {
  const text = await world.readFile(path);
  if (text === null) throw new Misuse(`there is no file ${path}`);
  try {
    // JSON is YAML, too.
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new Misuse(`${path} cannot be read: ${error.message}`);
    throw error;
  }
}

/** What is wrong is said even where the answer is no. */
function tell(world: World, answer: Answer, { json, words }: { json: boolean; words: () => readonly string[] }): number {
  const code = report(world, answer, { json, words });
  if (!answer.ok && !json && answer["checked"]) for (const line of describe(answer)) world.complain(line);
  return code;
}

function describe(answer: Answer): string[] {
  const checked = (answer["checked"] ?? []) as Checked[];
  const bad = checked.filter(({ findings }) => findings.length > 0);
  if (bad.length === 0) return [`${checked.length} ${checked.length === 1 ? "manifest is" : "manifests are"} in order`];
  return bad.flatMap(({ id: name, findings }) => [name, ...findings.map(wordOf)]);
}
