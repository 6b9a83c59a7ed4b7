/** Secrets: whether they are there, and whether everybody can read them. */
import { variables, type RoleName, type Variable } from "../../environment/variables.ts";
import { entryOf, wordOf } from "../blueprint-model.ts";
import { literalOf, usesOf } from "../interpolation.ts";
import { eachBlueprint, eachComposeEntry, when, type Rule } from "./rule.ts";
import { commandOf, rolesOf } from "./roles.ts";

const known = new Map(
  (variables as readonly Variable[]).flatMap((variable) => [variable.name, ...(variable.aliases ?? [])].map((name) => [name, variable] as const)),
);

/** By our own list, or by what such names mean everywhere. */
export function isSecret(name: string): boolean {
  const variable = known.get(name);
  if (variable) return variable.secret === true;
  return /(SECRET|PASSWORD|PASSWD|_PASS|_PWD|TOKEN|API_KEY|PRIVATE_KEY|AUTHKEY)$/.test(name) || /SECRET_(ACCESS_)?KEY$/.test(name);
}

/** An address is a secret for the password in it. */
const isAddress = (name: string): boolean => known.get(name)?.type.kind === "url";

function isPlain(name: string, text: string): boolean {
  if (text === "") return false;
  if (isAddress(name) || /^[a-z][a-z+]*:\/\//.test(text)) return /^[a-z][a-z+]*:\/\/[^@/\s]*:[^@/\s]+@/i.test(text);
  return isSecret(name);
}

/** What an example writes where something of one's own belongs. Anywhere else it is a password, and the first that is tried. */
const isStandIn = (text: string): boolean => /^(PASSWORD|CHANGE_?ME|<.*>|\.\.\.)$/i.test(text);

/** Of Redis' settings, or within an address. */
const IN_COMMAND = /\b(?:requirepass|masterauth)["']?\s+["']?[^\s"'$-]|\buser \S+ [^\n]*>[^\s$>]|:\/\/[^@/\s]*:[^@/\s$]+@/;

const plain = (file: string, name: string, where: string) => ({
  rule: "plain-secret",
  file,
  says: `${name} stands in ${file} for everybody to read${where}.`,
  cause: "Whoever may read the repository, or a copy of it, has it; and it stays in the history.",
  fix: "Take it out, make another (cooly env init), and name it by a variable: the file with the values is for the machine alone.",
});

export const inFiles: Rule = ({ composes, blueprints, environments }) => [
  ...composes
    .filter(({ isLocal }) => !isLocal)
    .flatMap(({ path, services }) =>
      services.flatMap(({ name: service, environment, written }) => [
        ...Object.entries(environment)
          .filter(([name, value]) => isPlain(name, literalOf(value)) || usesOf(value).some((use) => use.fallback && isPlain(use.name, use.fallback)))
          .map(([name]) => plain(path, name, `, at ${service}`)),
        ...(IN_COMMAND.test(literalOf(written)) ? [plain(path, "A password", `, in the command of ${service}`)] : []),
      ]),
    ),
  ...blueprints.flatMap(({ path, services, groups }) =>
    [...services, ...groups].flatMap(({ name: where, envVars }) =>
      envVars.filter((entry) => isPlain(wordOf(entry, "key"), wordOf(entry, "value"))).map((entry) => plain(path, wordOf(entry, "key"), `, at ${where}`)),
    ),
  ),
  ...environments
    .filter(({ path }) => path.endsWith(".example"))
    .flatMap(({ path, lines }) =>
      lines.filter(({ name, value, commented }) => !commented && !isStandIn(value) && isPlain(name, value)).map(({ name }) => plain(path, name, "")),
    ),
];

const needs: readonly { readonly name: string; readonly roles: readonly RoleName[] }[] = [
  { name: "DATABASE_URL", roles: ["api", "relay", "gen", "capture", "sweeper"] },
  { name: "AUTH_SECRET", roles: ["api", "gen"] },
];

const lacking = (service: string, name: string, cause: string) => ({
  rule: "missing-secret",
  says: `${service} does not start: it lacks ${name}.`,
  cause,
  fix: `Give it ${name}, the same one that the others have.`,
});

export const missing = eachComposeEntry((service) => {
  const roles = rolesOf(service.words.join(" "), (name) => service.environment[name]);
  if (!roles || service.envFiles.length > 0) return [];
  const wanted = needs.filter(({ roles: some }) => some.some((role) => roles.includes(role)));
  return wanted.flatMap(({ name }) => {
    const value = service.environment[name] ?? service.environment[`${name}_FILE`];
    if (value === undefined) return [lacking(service.name, name, "Its environment does not name it, and Compose passes on what is named, and nothing else.")];
    const empty = usesOf(value).find(({ name: used, fallback }) => fallback === "" && (used === name || isSecret(used)));
    return when(empty !== undefined, () =>
      lacking(service.name, name, `Where ${empty!.name} is not set, it gets an empty one without a word: write \${${empty!.name}:?is missing}.`),
    );
  });
});

export const missingAtRender = eachBlueprint((model) =>
  model.services.flatMap((service) => {
    const roles = rolesOf(commandOf(service), (name) => {
      const entry = entryOf(model, service, name);
      return entry && wordOf(entry, "value");
    });
    if (!roles) return [];
    return needs
      .filter(({ name, roles: some }) => some.some((role) => roles.includes(role)) && entryOf(model, service, name) === undefined)
      .map(({ name }) => lacking(service.name, name, "Neither its envVars nor its groups have it."));
  }),
);

/** What has to be set, and no example says so. */
export const unexplained: Rule = ({ composes, environments }) => {
  const named = new Set(environments.flatMap(({ lines }) => lines.map(({ name }) => name)));
  if (environments.length === 0) return [];
  return composes.flatMap(({ path, raw }) => {
    const uses = usesOf(JSON.stringify(raw)).filter(({ fallback }) => fallback === null);
    return [...new Set(uses.map(({ name }) => name))]
      .filter((name) => !named.has(name))
      .map((name) => ({
        rule: "names-nothing",
        file: path,
        says: `${name} has to be set, and no file of variables here names it.`,
        cause: "Compose refuses the whole file without it.",
        fix: "Add it to the example, or correct the name.",
      }));
  });
};
