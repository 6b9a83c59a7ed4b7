/** A blueprint of Render, as rules see it. */
import { isRecord } from "./compose-model.ts";

type Raw = Readonly<Record<string, unknown>>;

export interface BlueprintEntry {
  readonly name: string;
  readonly type: string;
  readonly raw: Raw;
  readonly envVars: readonly Raw[];
  /** At the most. */
  readonly instances: number;
}

export interface BlueprintModel {
  readonly path: string;
  readonly services: readonly BlueprintEntry[];
  readonly databases: readonly Raw[];
  readonly groups: readonly { readonly name: string; readonly envVars: readonly Raw[] }[];
}

const records = (value: unknown): readonly Raw[] => (Array.isArray(value) ? value.filter(isRecord) : []);
export const wordOf = (raw: Raw, name: string): string => (typeof raw[name] === "string" || typeof raw[name] === "number" ? String(raw[name]) : "");

export function readBlueprint(path: string, raw: Raw): BlueprintModel {
  return {
    path,
    services: records(raw["services"]).map((service) => ({
      name: wordOf(service, "name"),
      type: wordOf(service, "type"),
      raw: service,
      envVars: records(service["envVars"]),
      instances: instancesOf(service),
    })),
    databases: records(raw["databases"]),
    groups: records(raw["envVarGroups"]).map((group) => ({ name: wordOf(group, "name"), envVars: records(group["envVars"]) })),
  };
}

function instancesOf(service: Raw): number {
  const scaling = isRecord(service["scaling"]) ? service["scaling"]["maxInstances"] : undefined;
  const said = scaling ?? service["numInstances"];
  return typeof said === "number" ? said : 1;
}

/** With those of its groups. */
export function entriesOf({ groups }: BlueprintModel, service: BlueprintEntry): readonly Raw[] {
  return service.envVars.flatMap((entry) => {
    const group = groups.find(({ name }) => name === entry["fromGroup"]);
    return entry["fromGroup"] === undefined ? [entry] : (group?.envVars ?? []);
  });
}

export const entryOf = (model: BlueprintModel, service: BlueprintEntry, key: string): Raw | undefined =>
  entriesOf(model, service).findLast((entry) => entry["key"] === key);
