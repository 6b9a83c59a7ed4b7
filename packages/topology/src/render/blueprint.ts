/** Services at Render -> a blueprint. */
import { onlyHole } from "../schema/template.ts";
import type { ServiceEntry, Topology } from "../schema/topology.ts";
import { made, yamlFile, type RenderedFile } from "./file.ts";

type Entry = Readonly<Record<string, unknown>>;
type Environment = readonly (readonly [string, string])[];

export interface Blueprint {
  readonly path: string;
  readonly header: string;
  /** What Render makes itself, for all services of it. */
  readonly generated: readonly string[];
  /** Who else may reach the database: addresses, and why. */
  readonly admitted: readonly { readonly source: string; readonly description: string }[];
}

export function blueprintFile(topology: Topology, { path, header, generated, admitted }: Blueprint): RenderedFile {
  const atRender = topology.services.filter(({ host }) => host === "render");
  const running = atRender.filter(({ kind }) => kind !== "store");
  const { region } = topology.hosts.find(({ id }) => id === "render")!;
  const groups = groupsOf(topology, running, generated);
  const databases = atRender.filter(({ kind }) => kind === "store").map((service) => databaseEntry(service, region, admitted));
  return yamlFile(path, `${header}\n\n${made(topology.kind)}\nBefore it is used: \`render blueprints validate ${path}\`.`, {
    // Secrets that are asked for are not copied to previews, so a preview could not start.
    previews: { generation: "off" },
    services: running.map((service) => serviceEntry(topology, service, { region, groups })),
    ...(databases.length > 0 && { databases }),
    ...(groups.length > 0 && { envVarGroups: groups.map(({ name, envVars }) => ({ name, envVars })) }),
  });
}

interface Group {
  readonly name: string;
  readonly envVars: readonly Entry[];
  readonly keys: ReadonlySet<string>;
  has(service: ServiceEntry): boolean;
}

/** What all processes of ours say alike, and each secret that Render makes up, for those that read it: nothing else may stand in a group. */
function groupsOf({ name }: Topology, services: readonly ServiceEntry[], generated: readonly string[]): readonly Group[] {
  const ours = services.filter(({ roles }) => roles.length > 0);
  if (ours.length < 2) return [];
  const [first, ...others] = ours;
  const alike = Object.entries(first!.environment).filter(
    ([key, value]) => value !== "" && !isReference(value) && others.every(({ environment }) => environment[key] === value),
  );
  const group = (part: string, envVars: readonly (Entry & { readonly key: string })[]): Group => {
    const keys = new Set(envVars.map(({ key }) => key));
    return { name: `${name}-${part}`, envVars, keys, has: ({ environment }) => [...keys].every((key) => environment[key] !== undefined) };
  };
  const made = generated.filter((key) => ours.some(({ environment }) => environment[key] === `{${key}}`));
  return [
    group(
      "settings",
      alike.map(([key, value]) => ({ key, value })),
    ),
    ...made.map((key) => group(key.toLowerCase().replaceAll("_", "-"), [{ key, generateValue: true }])),
  ];
}

const isReference = (value: string): boolean => value.startsWith("@") || onlyHole(value) !== null;

interface Surroundings {
  readonly region: string;
  readonly groups: readonly Group[];
}

function serviceEntry(topology: Topology, service: ServiceEntry, { region, groups }: Surroundings): Entry {
  const isWeb = service.kind === "web";
  const domains = topology.addresses.filter((address) => address.service === service.id).map(({ name }) => name);
  return {
    type: isWeb ? "web" : "worker",
    name: service.id,
    runtime: "docker",
    region,
    plan: service.plan,
    dockerfilePath: service.build?.dockerfile,
    dockerContext: service.build?.context,
    ...(service.command && { dockerCommand: service.command.join(" ") }),
    ...(service.roles.includes("api") && { preDeployCommand: "cooly migrate" }),
    ...(service.health?.by === "http" && { healthCheckPath: service.health.path }),
    ...scaleOf(service),
    maxShutdownDelaySeconds: service.stopSeconds,
    autoDeployTrigger: "off",
    ...(domains.length > 0 && { domains }),
    envVars: envVarsOf(topology, service, groups),
  };
}

/** Without bounds of its own it would be one, and stay one. */
const scaleOf = ({ scaling: { min, max } }: ServiceEntry): Entry =>
  max > min ? { scaling: { minInstances: min, maxInstances: max, targetCPUPercent: 70, targetMemoryPercent: 80 } } : { numInstances: min };

function envVarsOf(topology: Topology, service: ServiceEntry, groups: readonly Group[]): readonly Entry[] {
  const joined = service.roles.length > 0 ? groups.filter((group) => group.has(service)) : [];
  const covered = new Set(joined.flatMap(({ keys }) => [...keys]));
  const own: Environment = Object.entries(service.environment).filter(([key]) => !covered.has(key));
  return [...joined.map(({ name }) => ({ fromGroup: name })), ...own.map(([key, value]) => envVar(topology, service, [key, value]))];
}

function envVar(topology: Topology, service: ServiceEntry, [key, value]: readonly [string, string]): Entry {
  if (value.startsWith("@")) {
    const [name, property = "connectionString"] = value.slice(1).split(".");
    return { key, fromDatabase: { name, property } };
  }
  if (!onlyHole(value)) return { key, value };
  // Asked for once; the others follow the first that has it.
  const first = topology.services.find(({ host, kind, environment }) => host === "render" && kind !== "store" && environment[key] === value)!;
  if (first.id === service.id) return { key, sync: false };
  return { key, fromService: { type: first.kind === "web" ? "web" : "worker", name: first.id, envVarKey: key } };
}

const databaseEntry = ({ id, plan }: ServiceEntry, region: string, admitted: Blueprint["admitted"]): Entry => ({
  name: id,
  region,
  plan,
  databaseName: "cooly",
  user: "cooly",
  postgresMajorVersion: "17",
  diskSizeGB: 10,
  storageAutoscalingEnabled: true,
  // Empty: nobody from outside of Render. Without it everybody would be let in.
  ipAllowList: admitted,
});
