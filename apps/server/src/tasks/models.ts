/** Models are data: what an operator adds, changes and takes off, beside a running installation and without a deployment. */
import { ModelManifest } from "@cooly/contract";
import { addVersion, checkManifest, chooseVersion, enableModel, type Entry, type ManifestFinding } from "@cooly/engine";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import type { Answer, Task, TaskParts } from "./task.ts";

type Models = Pick<TaskParts, "catalogue" | "clock" | "providers">;

const List = z.object({ all: z.boolean().default(false) });

/** Those on offer, or all, and what is wrong with them. */
export const modelLs: Task = async (parts, options) => {
  const { all } = List.parse(options);
  await parts.catalogue.refresh();
  const entries = parts.catalogue.listAll().filter(({ hidden }) => all || hidden === null);
  return { ok: true, models: entries.map((entry) => ({ ...viewOf(entry), findings: findingsOf(parts, entry.manifest) })) };
};

const viewOf = ({ manifest, source, hidden }: Entry) => ({
  id: manifest.id,
  version: manifest.version,
  kind: manifest.kind,
  source,
  hidden,
  retire_at: manifest.lifecycle.retire_at,
  status: manifest.lifecycle.status,
  providers: manifest.routes.filter(({ enabled }) => enabled !== false).map(({ provider }) => provider),
});

const One = z.object({ id: z.string() });

/** The manifest as it holds now, to be changed and added again. */
export const modelShow: Task = async ({ catalogue }, options) => {
  const { id } = One.parse(options);
  await catalogue.refresh();
  const entry = catalogue.listAll().find(({ manifest }) => manifest.id === id);
  return entry ? { ok: true, source: entry.source, hidden: entry.hidden, manifest: entry.manifest } : stranger(id);
};

const Given = z.object({ manifest: z.unknown().optional(), id: z.string().optional() });

/** Of a manifest that is given, of one model, or of all. */
export const modelCheck: Task = async (parts, options) => {
  const { manifest, id } = Given.parse(options);
  await parts.catalogue.refresh();
  if (manifest !== undefined) return answerOf([looked(parts, manifest)]);
  // Shipped ones of vendors that this installation has no account at are nobody's concern.
  const isOurs = ({ source, hidden }: Entry): boolean => source === "operator" || hidden !== "no_provider";
  const entries = parts.catalogue.listAll().filter((entry) => (id === undefined ? isOurs(entry) : entry.manifest.id === id));
  if (id !== undefined && entries.length === 0) return stranger(id);
  return answerOf(entries.map((entry) => ({ id: entry.manifest.id, findings: findingsOf(parts, entry.manifest) })));
};

interface Looked {
  readonly id: string;
  readonly findings: readonly ManifestFinding[];
}

function answerOf(checked: readonly Looked[]): Answer {
  const isBad = checked.some(({ findings }) => findings.some(({ level }) => level === "failure"));
  return isBad ? { ok: false, code: "invalid_manifest", message: "Something is wrong with a manifest.", checked } : { ok: true, checked };
}

/** A manifest as somebody wrote it: its form first. */
function looked(parts: Models, given: unknown): Looked {
  const parsed = ModelManifest.safeParse(given);
  if (parsed.success) return { id: parsed.data.id, findings: findingsOf(parts, parsed.data) };
  const id = String((given as { id?: unknown } | null)?.id ?? "");
  return {
    id,
    findings: parsed.error.issues.map(({ path, message }) => ({ code: "form", level: "failure", says: `${path.join(".") || "It"}: ${message}` })),
  };
}

function findingsOf({ catalogue, providers, clock }: Models, manifest: ModelManifest): readonly ManifestFinding[] {
  const models = new Set(catalogue.listAll().map((entry) => entry.manifest.id));
  return [...ofSchema(manifest), ...checkManifest(manifest, { providers, models, now: clock.now() })];
}

/** Its parameters are a JSON Schema 2020-12, and what it takes by itself is allowed by it. */
function ofSchema({ params }: ModelManifest): readonly ManifestFinding[] {
  const wrong = (says: string): ManifestFinding => ({ code: "params.schema", level: "failure", says });
  try {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    ajv.compile(params);
    const properties = (params["properties"] ?? {}) as Record<string, { default?: unknown }>;
    return Object.entries(properties).flatMap(([name, property]) => {
      if (property.default === undefined || ajv.validate({ ...property, $defs: params["$defs"] ?? {} }, property.default)) return [];
      return [wrong(`The default of ${name} is not allowed by its own schema.`)];
    });
  } catch (error) {
    return [wrong(`params is no JSON Schema: ${(error as Error).message}`)];
  }
}

/** Another version, which holds from now on for what is asked from now on. */
export const modelAdd: Task = async (parts, options) => {
  const { manifest } = Given.parse(options);
  await parts.catalogue.refresh();
  const { id, findings } = looked(parts, manifest);
  if (findings.some(({ level }) => level === "failure"))
    return {
      ok: false,
      code: "invalid_manifest",
      message: `Nothing was added: the manifest${id ? ` of ${id}` : ""} is not in order.`,
      checked: [{ id, findings }],
    };
  const version = await addVersion(parts.db, ModelManifest.parse(manifest));
  return { ok: true, id, version, checked: [{ id, findings }] };
};

/** Takes a model off offer, or puts it back. What was accepted before is made all the same. */
const switches =
  (enabled: boolean): Task =>
  async ({ catalogue, db }, options) => {
    const { id } = One.parse(options);
    await catalogue.refresh();
    if (!catalogue.listAll().some(({ manifest }) => manifest.id === id)) return stranger(id);
    await enableModel(db, id, enabled);
    return { ok: true, id, enabled };
  };
export const modelEnable = switches(true);
export const modelDisable = switches(false);

/** Back to the one that came with this release. */
export const modelReset: Task = async ({ catalogue, db }, options) => {
  const { id } = One.parse(options);
  await catalogue.refresh();
  const entry = catalogue.listAll().find(({ manifest }) => manifest.id === id);
  if (!entry) return stranger(id);
  await chooseVersion(db, id, null);
  return { ok: true, id, was: entry.source };
};

const stranger = (id: string): Answer => ({ ok: false, code: "unknown_model", message: `There is no model ${id}.` });
