/** Looks through a file of variables for one topology: each line by the one schema, and all of them together. */
import { contradictions } from "./contradictions.ts";
import type { EnvironmentFile } from "./file.ts";
import { failure, warning, type EnvironmentFinding } from "./finding.ts";
import { formerOf, isCarried, redirects } from "./former.ts";
import { storePorts, storeRegions } from "./parts.ts";
import { distance, parseEnvironment } from "./parse.ts";
import { environmentOf, storeOf, type EnvironmentOptions } from "./sets.ts";
import type { Setting } from "./setting.ts";
import type { TopologyName } from "./topologies.ts";
import { roles, variables, type Variable } from "./variables.ts";
import { bitsOf, isFirstGuess, isNobodys, isPlaceholder, passwordOf, WEAK_BITS } from "./weak.ts";

export interface CheckOptions extends EnvironmentOptions {
  readonly topology: TopologyName;
  /** For `NAME_FILE`; throws if it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** Failures first. Good is an empty list. */
export function checkEnvironment(file: EnvironmentFile, { topology, readFile, ...options }: CheckOptions): readonly EnvironmentFinding[] {
  const settings = environmentOf(topology, { ...choicesIn(file.values, topology), ...options });
  const values = underOwnNames(file.values, readFile);
  const found = [
    ...bySchema(file.values, readFile),
    ...settings.flatMap((setting) => missing(setting, values)),
    ...settings.flatMap((setting) => leftStanding(setting, values.get(setting.name))),
    ...contradictions({ values, topology }),
    ...file.twice.map((name) => warning("twice", name, { says: `${name} is there more than once; the last one counts.` })),
    ...file.strange.map((line) => warning("wrong", `line ${line}`, { says: `Line ${line} is no NAME=value line; nobody reads it.` })),
    ...[...file.values.keys()].flatMap((name) => foreign(name, settings)),
  ];
  return [...found.filter(({ level }) => level === "failure"), ...found.filter(({ level }) => level === "warning")];
}

const all: readonly Variable[] = variables;

/** What a file tells of the choices that it was written for. */
const choicesIn = (values: ReadonlyMap<string, string>, topology: TopologyName): EnvironmentOptions => ({
  objectStore: storeIn(values, topology),
  ...(values.has("CACHE_PASSWORD") ? { network: "tls" } : {}),
  ...(values.has("TS_AUTHKEY") ? { network: "tunnel" } : {}),
});

/** A file that names an S3 server of the inner network, or one under its own name for media, means a store of one's own. */
export function storeIn(values: ReadonlyMap<string, string>, topology: TopologyName): NonNullable<EnvironmentOptions["objectStore"]> {
  const endpoint = values.get("S3_ENDPOINT") ?? values.get("B2_ENDPOINT");
  const media = values.get("MEDIA_DOMAIN");
  if (values.has("GARAGE_RPC_SECRET")) return "garage";
  if (endpoint === (media === "" ? "" : `https://${media}`)) return values.get("S3_REGION") === storeRegions.garage ? "garage" : "seaweedfs";
  if (endpoint === undefined || !URL.canParse(endpoint)) return values.has("B2_BUCKET_NAME") || endpoint === "" ? "external" : storeOf(topology, {});
  const { hostname, port } = new URL(endpoint);
  if (hostname.includes(".")) return "external";
  return port === String(storePorts.seaweedfs.s3) ? "seaweedfs" : "garage";
}

/** Aliases under the name that ours has, and what files hold. */
function underOwnNames(values: ReadonlyMap<string, string>, readFile: (path: string) => string): ReadonlyMap<string, string> {
  const own = new Map([...values].filter(([, value]) => value !== ""));
  for (const { name, aliases = [] } of all) {
    const alias = aliases.find((other) => own.has(other));
    if (!own.has(name) && alias !== undefined) own.set(name, own.get(alias)!);
    const path = own.get(`${name}_FILE`);
    if (own.has(name) || path === undefined) continue;
    try {
      own.set(name, readFile(path).trim());
    } catch {
      // The schema's own look says so.
    }
  }
  return own;
}

/** Its sentences begin with the name. */
function bySchema(values: ReadonlyMap<string, string>, readFile: (path: string) => string): readonly EnvironmentFinding[] {
  const { problems, warnings } = parseEnvironment(Object.fromEntries(values), { roles, readFile });
  const nameIn = (sentence: string): string => /^\S+/.exec(sentence)![0];
  return [...problems.map((says) => failure("wrong", nameIn(says), { says })), ...warnings.map((says) => warning("unknown", nameIn(says), { says }))];
}

const isOffered = (setting: Setting): boolean => setting.name === "CACHE_URL";

function missing({ name, from, asks, derive, services, ...rest }: Setting, values: ReadonlyMap<string, string>): readonly EnvironmentFinding[] {
  if (from === "optional" || values.has(name)) return [];
  const readers = services.length === 0 ? "" : `, which ${services.join(", ")} read${services.length === 1 ? "s" : ""}`;
  const fixes: Partial<Record<Setting["from"], string>> = {
    generated: "`cooly env init` makes one.",
    derived: derive ? `It follows from ${derive.of.join(", ")}.` : "",
    fixed: `In this topology it is ${rest.value}.`,
    ...(asks ? { asked: asks } : {}),
  };
  const fix = fixes[from];
  const words = { says: `${name} is missing${readers}.`, ...(fix ? { fix } : {}) };
  return [from === "fixed" || isOffered({ name, from, services, ...rest }) ? warning("missing", name, words) : failure("missing", name, words)];
}

/** Examples and what can be guessed, in secrets, and in passwords within addresses. */
function leftStanding({ name, secret, example, from }: Setting, value: string | undefined): readonly EnvironmentFinding[] {
  if (value === undefined) return [];
  const inside = passwordOf(value);
  const chosen = secret || from === "asked" || from === "generated";
  const guessable = (secret || from === "generated") && isFirstGuess(inside ?? value);
  const left = (secret && value === example) || guessable || isNobodys(value) || (chosen && isPlaceholder(inside ?? value));
  if (left)
    return [failure("example", name, { says: `${name} is still an example${secret ? "" : ` (${value.slice(0, 80)})`}.`, fix: "Write your own value." })];
  const guessed = inside ?? (secret && !URL.canParse(value) ? value : null);
  if (guessed === null || guessed === "") return [];
  const bits = bitsOf(guessed);
  const strange = from === "generated" && !/^[\w-]+$/.test(guessed);
  return [
    ...(bits < WEAK_BITS
      ? [
          failure("weak", name, {
            says: `${name} can be guessed: at most ${bits} bits of chance, and ${WEAK_BITS} are wanted.`,
            fix: "`cooly env init` makes one of 256.",
          }),
        ]
      : []),
    ...(strange
      ? [warning("unsafe", name, { says: `${name} has other letters than A-Z a-z 0-9 _ and -: files of variables and addresses read those differently.` })]
      : []),
  ];
}

/** Names that nothing here reads. */
function foreign(name: string, settings: readonly Setting[]): readonly EnvironmentFinding[] {
  const own = name.replace(/_FILE$/, "");
  if (settings.some((setting) => setting.name === own)) return [];
  const variable = all.find((known) => known.name === own || known.aliases?.includes(own));
  if (variable) {
    const used = settings.some((setting) => setting.name === variable.name);
    return used ? [] : [warning("unknown", name, { says: `${name} is of no use in this topology.` })];
  }
  const before = formerOf(name);
  if (before) {
    const became = "to" in before ? `it is ${before.to} now` : before.gone;
    return [
      warning("former", name, {
        says: `${name} is a name of the application before: ${became}`.replace(/[.]?$/, "."),
        fix: "`cooly env map` writes a whole file anew.",
      }),
    ];
  }
  const near = settings.find((setting) => setting.name.length >= 6 && distance(setting.name, name) <= 1);
  // Of files for Docker: which image of a part is taken.
  if (near || name.endsWith("_IMAGE") || isCarried(name) || Object.hasOwn(redirects, name)) return [];
  return [warning("unknown", name, { says: `${name} is read by nothing.` })];
}
