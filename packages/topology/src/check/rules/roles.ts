/** Which processes there are, and how many sessions of the database they take together. */
import { entryOf, wordOf, type BlueprintModel, type BlueprintEntry } from "../blueprint-model.ts";
import { isA, isRecord, type ComposeModel, type ComposeEntry } from "../compose-model.ts";
import type { Deployment } from "../deployment.ts";
import { resolved } from "../interpolation.ts";
import type { Rule } from "./rule.ts";

export interface Process {
  readonly file: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly instances: number;
  /** Sessions of one instance. */
  readonly sessions: number;
  /** Which database, as far as it can be told. */
  readonly database: string;
  /** While it is replaced, the old and the new ones run side by side. */
  readonly overlaps: boolean;
}

const ALL = ["api", "relay", "gen", "capture", "sweeper"];
/** One is enough, and two do the same work twice. */
const SINGLE = { relay: "outbox relays", capture: "capture workers", sweeper: "session sweepers" } as const;
const SWITCHES: Readonly<Record<string, string>> = {
  relay: "START_OUTBOX_RELAY",
  gen: "START_GEN_WORKER",
  capture: "ENABLE_CAPTURE_WORKER",
  sweeper: "ENABLE_SESSION_SWEEPER",
};
const POOL = 10;

type Value = (name: string) => string | undefined;

/** Null: it is none of ours. Without `--roles`, all that no switch leaves out. */
export function rolesOf(command: string, value: Value): readonly string[] | null {
  if (!/(^|\s)serve(\s|$)/.test(command)) return null;
  const named = /--roles[ =]([\w,]+)/.exec(command)?.[1];
  return named ? named.split(",") : ALL.filter((role) => role === "api" || !/^(false|0|no|off)$/.test(value(SWITCHES[role]!) ?? ""));
}

/** At Render. */
export const commandOf = ({ raw }: BlueprintEntry): string => `${wordOf(raw, "dockerCommand")} ${wordOf(raw, "startCommand")}`;

export const processesOf = ({ composes, blueprints }: Deployment): readonly Process[] => [
  ...composes.flatMap((model) => model.services.flatMap((service) => composeProcess(model, service))),
  ...blueprints.flatMap((model) => model.services.flatMap((service) => blueprintProcess(model, service))),
];

function composeProcess(model: ComposeModel, service: ComposeEntry): readonly Process[] {
  const value: Value = (name) => (service.environment[name] === undefined ? undefined : resolved(service.environment[name]));
  const roles = rolesOf(service.words.join(" "), value);
  if (!roles) return [];
  return [
    { file: model.path, name: service.name, roles, instances: service.instances, sessions: sessionsOf(value), database: databaseOf(value), overlaps: false },
  ];
}

function blueprintProcess(model: BlueprintModel, service: BlueprintEntry): readonly Process[] {
  const value: Value = (name) => {
    const entry = entryOf(model, service, name);
    return entry && entry["value"] !== undefined ? wordOf(entry, "value") : undefined;
  };
  const roles = rolesOf(commandOf(service), value);
  if (!roles) return [];
  const from = entryOf(model, service, "DATABASE_URL")?.["fromDatabase"];
  const database = isRecord(from) ? wordOf(from, "name") : (value("DATABASE_URL") ?? "asked");
  return [{ file: model.path, name: service.name, roles, instances: service.instances, sessions: sessionsOf(value), database, overlaps: true }];
}

function sessionsOf(value: Value): number {
  const said = Number(value("DATABASE_POOL_MAX"));
  return (Number.isInteger(said) && said > 0 ? said : POOL) + 1;
}

const databaseOf = (value: Value): string => /^[^?]*@([^:/?]+)/.exec(value("DATABASE_URL") ?? "")?.[1] ?? "asked";

/** A folder of deployment files is one installation. */
export const single: Rule = (deployment) => {
  const processes = processesOf(deployment);
  return Object.entries(SINGLE).flatMap(([role, words]) => {
    const some = processes.filter(({ roles }) => roles.includes(role));
    const count = some.reduce((sum, { instances }) => sum + instances, 0);
    if (count < 2) return [];
    return [
      {
        rule: "two-of-one",
        file: some.at(-1)!.file,
        says: `There are ${count} ${words}: ${some.map(({ name, instances }) => (instances > 1 ? `${name} ${instances} times` : name)).join(", ")}.`,
        cause: "One is meant. More of them lose nothing, but ask the database and the broker for the same things again and again, which is paid for.",
        fix: `Leave ${role} in one process, with one instance, and name the roles of the others (cooly serve --roles ...).`,
      },
    ];
  });
};

/** PostgreSQL keeps three for whoever repairs it. */
const KEPT = 3;

export const sessions: Rule = (deployment) => {
  const groups = Map.groupBy(processesOf(deployment), ({ database }) => meant(database, deployment));
  return [...groups].flatMap(([database, some]) => {
    const capacity = capacityOf(database, deployment);
    const steady = some.reduce((sum, { sessions: each, instances }) => sum + each * instances, 0);
    const replaced = Math.max(0, ...some.filter(({ overlaps }) => overlaps).map(({ sessions: each, instances }) => each * instances));
    if (capacity === null || steady + replaced <= capacity.count) return [];
    const said = some.map(({ name, instances, sessions: each }) => `${name} ${instances} x ${each}`).join(", ");
    return [
      {
        rule: "too-many-sessions",
        file: some[0]!.file,
        says: `The processes may open ${steady + replaced} sessions, and the database gives out ${capacity.count}.`,
        cause: `${said}${replaced > 0 ? `, and ${replaced} more while the largest is replaced` : ""}; ${capacity.because}.`,
        fix: "Set a smaller DATABASE_POOL_MAX (four is enough for a small process), fewer instances, or a larger database.",
      },
    ];
  });
};

/** An address that is asked for, or that leads into a tunnel, is that of the one database which the files make. */
function meant(database: string, { composes, blueprints }: Deployment): string {
  const [made, more] = blueprints.flatMap(({ databases }) => databases.map((raw) => wordOf(raw, "name")));
  const isHere = composes.some(({ services }) => services.some((service) => service.name === database && isA(service, "postgres")));
  return made === undefined || more !== undefined || isHere ? database : made;
}

interface Capacity {
  readonly count: number;
  readonly because: string;
}

function capacityOf(database: string, { composes, blueprints, files }: Deployment): Capacity | null {
  const service = composes.flatMap(({ services }) => services).find(({ name }) => name === database);
  if (service && isA(service, "postgres")) {
    const said = Number(/max_connections=(\d+)/.exec(service.words.join(" "))?.[1] ?? 100);
    return { count: said - KEPT, because: `max_connections of ${database} is ${said}, of which ${KEPT} are kept back` };
  }
  const plan = blueprints.flatMap(({ databases }) => databases).find((raw) => wordOf(raw, "name") === database);
  if (plan) return { count: 100 - KEPT, because: `a database of this plan takes 100, of which ${KEPT} are kept back` };
  const pooler = files.map(({ text }) => /"?default_pool_size"?\s*[:=]\s*(\d+)/.exec(text)?.[1]).find((found) => found !== undefined);
  // Whose address is asked for may be anybody's; where the files set up a pooler, it is that one.
  return database === "asked" && pooler !== undefined ? { count: Number(pooler), because: `the pooler is set to ${pooler}` } : null;
}

/** Migrations belong to one. */
export const migrations: Rule = ({ blueprints, composes }) => {
  const inBlueprints = blueprints.flatMap(({ path, services }) =>
    services.filter(({ raw }) => /migrate/.test(wordOf(raw, "preDeployCommand"))).map(({ name }) => ({ path, name })),
  );
  const inComposes = composes.flatMap(({ path, services }) =>
    services.filter(({ words }) => /(^|\s)migrate(\s|$)/.test(words.join(" "))).map(({ name }) => ({ path, name })),
  );
  return [inBlueprints, inComposes].flatMap((some) =>
    some.length < 2
      ? []
      : [
          {
            rule: "two-of-one",
            file: some[0]!.path,
            says: `Migrations are run by ${some.map(({ name }) => name).join(" and ")}.`,
            cause: "They wait for each other, and a deployment that brings no schema up is held up by one that does.",
            fix: "Leave it with the API alone.",
          },
        ],
  );
};
