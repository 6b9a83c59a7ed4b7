/** What Render's schema cannot say. */
import { wordOf, type BlueprintModel, type BlueprintEntry } from "../blueprint-model.ts";
import { isRecord } from "../compose-model.ts";
import { eachBlueprint, eachBlueprintEntry, when } from "./rule.ts";

/** Since August 2026 a plan says what it is. The former names work on; new files do not use them. */
const COMPUTE = [
  "free",
  "0.5c-512mb",
  "1c-2g",
  "2c-4g",
  "2c-8g",
  "2c-16g",
  "4c-8g",
  "4c-16g",
  "4c-32g",
  "8c-16g",
  "8c-32g",
  "8c-64g",
  "12c-24g",
  "12c-48g",
  "12c-96g",
];
const KEYVALUE = ["free", "256mb", "1g", "5g", "10g", "20g", "40g"];
/** Of all kinds, for a copy of Render's schema that is older than they are. */
export const renderPlans: readonly string[] = [...COMPUTE, ...KEYVALUE, "0.1c-256mb", "0.5c-1g"];
const POSTGRES = /^(free|[0-9.]+c-[0-9.]+(mb|g))$/;
const FORMER: Readonly<Record<string, string>> = {
  starter: "0.5c-512mb",
  standard: "1c-2g",
  pro: "2c-4g",
  "pro plus": "4c-8g",
  "pro max": "4c-16g",
  "pro ultra": "8c-32g",
};

const planFound = (name: string, plan: string, fix: string) => ({
  rule: "unknown-plan",
  says: `${name} asks for the plan ${plan}, which Render does not have.`,
  cause: FORMER[plan] === undefined ? "There is no such plan of this kind." : "Names of plans changed in August 2026; the former one may end any day.",
  fix,
});

export const plans = eachBlueprint(({ services, databases }) => [
  ...services.flatMap(({ name, type, raw }) => {
    const plan = wordOf(raw, "plan");
    const valid = type === "keyvalue" || type === "redis" ? KEYVALUE : COMPUTE;
    return when(plan !== "" && !valid.includes(plan), () =>
      planFound(name, plan, FORMER[plan] === undefined ? `Use one of ${valid.join(", ")}.` : `Write ${FORMER[plan]}.`),
    );
  }),
  ...databases.flatMap((raw) => {
    const plan = wordOf(raw, "plan");
    return when(plan !== "" && !POSTGRES.test(plan), () => planFound(wordOf(raw, "name"), plan, "Use one such as 0.5c-1g."));
  }),
]);

export const references = eachBlueprint((model) => {
  const services = new Map(model.services.map((service) => [service.name, service]));
  const databases = new Set(model.databases.map((raw) => wordOf(raw, "name")));
  const groups = new Set(model.groups.map(({ name }) => name));
  return model.services.flatMap(({ name, envVars }) =>
    envVars.flatMap((entry) => {
      const why = whyNot(entry, { model, services, databases, groups });
      return when(why !== null, () => ({
        rule: "names-nothing",
        says: `${name} takes ${wordOf(entry, "key") || "variables"} from ${nameIn(entry)}, which does not exist.`,
        cause: why!,
        fix: "Add it to the blueprint, or correct the name.",
      }));
    }),
  );
});

interface Names {
  readonly model: BlueprintModel;
  readonly services: ReadonlyMap<string, BlueprintEntry>;
  readonly databases: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

type Raw = Readonly<Record<string, unknown>>;

const nameIn = (entry: Raw): string =>
  [
    entry["fromGroup"],
    isRecord(entry["fromDatabase"]) ? entry["fromDatabase"]["name"] : undefined,
    isRecord(entry["fromService"]) ? [entry["fromService"]["name"], entry["fromService"]["envVarKey"]].filter(Boolean).join(".") : undefined,
  ]
    .filter((name) => name !== undefined)
    .map(String)[0] ?? "";

function whyNot(entry: Raw, { model, services, databases, groups }: Names): string | null {
  const group = entry["fromGroup"];
  if (group !== undefined && !groups.has(String(group))) return `There is no environment group ${String(group)}.`;
  if (isRecord(entry["fromDatabase"]) && !databases.has(wordOf(entry["fromDatabase"], "name")))
    return `There is no database ${wordOf(entry["fromDatabase"], "name")}.`;
  if (!isRecord(entry["fromService"])) return null;
  const from = entry["fromService"];
  const other = services.get(wordOf(from, "name"));
  if (!other) return `There is no service ${wordOf(from, "name")}.`;
  if (other.type !== wordOf(from, "type")) return `${other.name} is a ${other.type}, not a ${wordOf(from, "type")}.`;
  const key = wordOf(from, "envVarKey");
  const has =
    key === "" ||
    other.envVars.some((one) => one["key"] === key) ||
    model.groups.some(({ name, envVars }) => other.envVars.some((one) => one["fromGroup"] === name) && envVars.some((one) => one["key"] === key));
  return has ? null : `${other.name} has no variable ${key}.`;
}

export const groupEntries = eachBlueprint(({ groups }) =>
  groups.flatMap(({ name, envVars }) =>
    envVars
      .filter((entry) => entry["sync"] === false || ["fromService", "fromDatabase", "fromGroup"].some((from) => entry[from] !== undefined))
      .map((entry) => ({
        rule: "group-entry",
        says: `The group ${name} cannot hold ${wordOf(entry, "key")} that way.`,
        cause: "A group takes values and generateValue; what is asked for, or comes from elsewhere, it refuses.",
        fix: "Move it to the services.",
      })),
  ),
);

const receives = (type: string): boolean => type === "web" || type === "pserv";

export const services = eachBlueprintEntry(({ name, type, raw, instances }) => [
  ...when(raw["healthCheckPath"] !== undefined && type !== "web", () => ({
    rule: "health-path",
    says: `${name} is a ${type}, and has a healthCheckPath that nobody asks.`,
    cause: "Render asks web services alone; the blueprint may be refused.",
    fix: "Remove it. What a worker does is seen in cooly_role_last_pass_age_seconds and in cooly doctor.",
  })),
  ...when(type === "web" && raw["runtime"] !== "static" && raw["healthCheckPath"] === undefined, () => ({
    rule: "no-health-check",
    says: `Nobody notices when ${name} hangs.`,
    cause: "Without a healthCheckPath Render takes an open port for health, and a bad deployment goes live.",
    fix: "Set healthCheckPath: /healthz (the studio: /runtime-config).",
  })),
  ...when(raw["disk"] !== undefined && instances > 1, () => ({
    rule: "disk-and-instances",
    says: `${name} has a disk and ${instances} instances.`,
    cause: "A service with a disk cannot be more than one, and stands still while it is deployed.",
    fix: "Keep media in a bucket and remove the disk, or stay with one instance.",
  })),
  ...when(raw["disk"] !== undefined && !receives(type) && type !== "worker", () => ({
    rule: "disk-and-instances",
    says: `${name} cannot have a disk.`,
    cause: `Services of the type ${type} have none.`,
    fix: "Remove it.",
  })),
]);

/** Their private network is that of one region. */
export const oneRegion = eachBlueprint(({ services: some, databases }) => {
  const regions = new Set([...some.map(({ raw }) => raw), ...databases].map((raw) => wordOf(raw, "region") || "oregon"));
  return when(regions.size > 1, () => ({
    rule: "two-regions",
    says: `Parts of this blueprint are in ${[...regions].join(" and ")}.`,
    cause: "The private network ends with the region: they cannot reach each other, and what names no region is in oregon.",
    fix: "Give all of them one region, before the first deployment: it cannot be changed later.",
  }));
});
