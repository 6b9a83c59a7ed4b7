/** What an operator has to set before the files of a host work: every variable that they name, and where its value comes from. */
import type { Setting } from "../environment/setting.ts";
import { environmentOf } from "../environment/sets.ts";
import { variables, type Variable } from "../environment/variables.ts";
import { holesOf } from "../schema/template.ts";
import { namesOf, type Options } from "../schema/options.ts";
import type { ServiceEntry, Topology } from "../schema/topology.ts";
import { comment, made, type RenderedFile } from "./file.ts";

type From = Setting["from"];

interface Line {
  readonly name: string;
  readonly from: From;
  readonly says: string;
  readonly value: string;
  readonly fallback: string | null;
}

/** What only the rendered files name. */
const others: Readonly<Record<string, { readonly from: From; readonly says: string }>> = {
  SERVER_IMAGE: { from: "optional", says: "The image of API, workers and the operator's tool: a version, or a digest." },
  FRONTEND_IMAGE: { from: "optional", says: "The image of the studio." },
  POSTGRES_IMAGE: { from: "optional", says: "The image of PostgreSQL. Another major version needs a dump and a restore." },
  REDIS_IMAGE: { from: "optional", says: "The image of Redis, 6.2 or newer, or of Valkey." },
  S3_IMAGE: { from: "optional", says: "The image of the S3 server; another program needs other words to start it." },
  TRAEFIK_IMAGE: { from: "optional", says: "The image of Traefik, 3.6.1 or newer." },
  COOLY_SOURCES: { from: "optional", says: "Where Cooly's sources are, seen from the compose file." },
};

const TITLES: readonly (readonly [From, string])[] = [
  ["asked", "Only you know these."],
  ["derived", "These follow from the others."],
  ["generated", "Secrets: `cooly env init` makes them. By hand, letters and digits, - and _ alone: openssl rand -hex 32"],
  ["fixed", "As this topology is built."],
  ["optional", "All of these may be left as they are."],
];

export interface Example {
  readonly path: string;
  readonly host: string;
  readonly header: string;
}

export function exampleFile(topology: Topology, options: Options, { path, host, header }: Example): RenderedFile {
  const lines = linesOf(
    topology,
    options,
    topology.services.filter((service) => service.host === host),
  );
  const blocks = TITLES.flatMap(([from, title]) => {
    const some = lines.filter((line) => line.from === from);
    return some.length === 0 ? [] : [`# --- ${title}`, ...some.map(write)];
  });
  return { path, text: `${comment(`${header}\n${made(topology.kind)}`)}\n\n${blocks.join("\n\n")}\n` };
}

/** What may be left out stands as a comment, so that what is set stands out. */
const write = ({ name, from, says, value }: Line): string => `# ${says}\n${from === "optional" ? "#" : ""}${name}=${value}`;

export function linesOf(topology: Topology, options: Options, services: readonly ServiceEntry[]): readonly Line[] {
  const known = new Map(
    environmentOf(topology.kind, { ...storeFor(topology), network: options.network, name: options.name }).map((setting) => [setting.name, setting]),
  );
  const domains = new Map<string, string>(Object.values(namesOf(options)).map(({ name, variable }) => [variable, name]));
  return [...named(services)].map(([name, fallback]) => {
    const setting = known.get(name) ?? others[name];
    const variable = (variables as readonly Variable[]).find((one) => one.name === name);
    const from = fromOf(setting?.from, fallback);
    const value = domains.get(name) ?? (from === "generated" ? "" : (fallback ?? ""));
    return { name, from, fallback, says: wordsFor(setting, variable, name), value: value || exampleOf(from, variable) };
  });
}

function wordsFor(setting: { readonly says: string; readonly asks?: string } | undefined, variable: Variable | undefined, name: string): string {
  return setting?.asks ?? (setting?.says || variable?.says || others[name]?.says || name);
}

/** What has to be set is asked for, unless it is made or follows; a person sees an example, and replaces it. */
function fromOf(known: From | undefined, fallback: string | null): From {
  if (fallback !== null) return "optional";
  return known === undefined || known === "optional" || known === "fixed" ? "asked" : known;
}

const exampleOf = (from: From, variable: Variable | undefined): string =>
  from === "optional" && !variable?.secret ? (variable?.default ?? variable?.example ?? "") : "";

/** Required by one: required. */
function named(services: readonly ServiceEntry[]): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  const texts = services.flatMap(({ environment, command = [], build }) => [...Object.values(environment), ...command, build?.context ?? ""]);
  for (const { name, fallback } of texts.flatMap(holesOf)) if (found.get(name) !== null) found.set(name, fallback);
  for (const { image } of services) if (image) found.set(image.variable, image.name);
  return found;
}

function storeFor({ services }: Topology): { readonly objectStore: "garage" | "seaweedfs" | "external" } {
  const image = services.find(({ id }) => id.endsWith("-storage"))?.image?.name ?? "";
  return { objectStore: image.includes("garage") ? "garage" : image.includes("seaweedfs") ? "seaweedfs" : "external" };
}
