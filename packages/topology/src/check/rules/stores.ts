/** What keeps things: whether it keeps them, and from whom. */
import { wordOf } from "../blueprint-model.ts";
import { isA, isRecord } from "../compose-model.ts";
import { eachBlueprintEntry, eachComposeEntry, when, type Rule } from "./rule.ts";

const EVICTS = "A Redis that throws keys away when its memory is full throws work away; the product refuses to start on one.";

export const evicting = eachComposeEntry((service) => {
  const policy = /maxmemory-policy["']?\s+["']?([\w-]+)/.exec(service.words.join(" "))?.[1];
  const bounded = /maxmemory["']?\s/.test(service.words.join(" "));
  const evicts = isA(service, "redis") && (policy === undefined ? bounded : policy !== "noeviction");
  return when(evicts, () => ({
    rule: "evicting-redis",
    says: `${service.name} throws messages away when its memory is full${policy === undefined ? "" : ` (${policy})`}.`,
    cause: EVICTS,
    fix: "Set maxmemory-policy noeviction.",
  }));
});

export const evictingAtRender = eachBlueprintEntry(({ type, name, raw }) =>
  when((type === "keyvalue" || type === "redis") && raw["maxmemoryPolicy"] !== "noeviction", () => ({
    rule: "evicting-redis",
    says: `${name} throws messages away when its memory is full${raw["maxmemoryPolicy"] === undefined ? " (Render's default, allkeys-lru)" : ` (${wordOf(raw, "maxmemoryPolicy")})`}.`,
    cause: EVICTS,
    fix: "Set maxmemoryPolicy: noeviction.",
  })),
);

const PUBLIC_COMMANDS = /\ballPublic\b|\bpublic-read(-write)?\b|anonymous\s+set\s+(download|public|upload)|"bucketType":\s*"allPublic"/;

/** Media are handed out by links that are signed and end. */
const publicBucket = (what: string) => ({
  rule: "public-bucket",
  says: `The bucket is open: ${what}.`,
  cause: "Whoever knows or guesses a name can read, and what was deleted for a user stays readable. Links are signed and short-lived for a reason.",
  fix: "Make it private (B2: allPrivate; S3: no policy for everybody).",
});

export const openBuckets: Rule = ({ files, documents }) => [
  ...files
    .filter(({ path }) => !path.endsWith(".md"))
    .flatMap(({ path, text }) => {
      const said = PUBLIC_COMMANDS.exec(withoutComments(text))?.[0];
      return said === undefined ? [] : [{ file: path, ...publicBucket(said) }];
    }),
  ...documents.flatMap(({ path, value }) => {
    const statements = isRecord(value) ? [value["Statement"]].flat().filter(isRecord) : [];
    const open = statements.filter((statement) => statement["Effect"] === "Allow" && isEverybody(statement["Principal"]));
    return open.map((statement) => ({ file: path, ...publicBucket(`its policy allows everybody ${[statement["Action"]].flat().map(String).join(", ")}`) }));
  }),
];

const withoutComments = (text: string): string => text.replaceAll(/^\s*#.*$/gm, "");

const isEverybody = (principal: unknown): boolean => principal === "*" || (isRecord(principal) && [principal["AWS"]].flat().includes("*"));

const wildcard = (file: string, says: string) => ({
  file,
  rule: "wildcard-cors",
  says,
  cause: "Any page that a signed-in person opens could then act in that person's name.",
  fix: "Name the studio's origin, https:// and all.",
});

export const cors: Rule = ({ composes, blueprints, routes, documents, environments }) => [
  ...composes.flatMap(({ path, services }) =>
    services
      .filter(({ environment }) => hasStar(environment["ALLOWED_ORIGINS"]))
      .map(({ name }) => wildcard(path, `${name} lets pages of every origin call the API with cookies: ALLOWED_ORIGINS is *.`)),
  ),
  ...blueprints.flatMap(({ path, services, groups }) =>
    [...services, ...groups]
      .filter(({ envVars }) => envVars.some((entry) => entry["key"] === "ALLOWED_ORIGINS" && hasStar(wordOf(entry, "value"))))
      .map(({ name }) => wildcard(path, `${name} lets pages of every origin call the API with cookies: ALLOWED_ORIGINS is *.`)),
  ),
  ...environments.flatMap(({ path, lines }) =>
    lines
      .filter(({ name, value, commented }) => !commented && name === "ALLOWED_ORIGINS" && hasStar(value))
      .map(() => wildcard(path, "Pages of every origin may call the API with cookies: ALLOWED_ORIGINS is *.")),
  ),
  ...routes.flatMap(({ path, raw }) => openMiddlewares(raw).map((name) => wildcard(path, `The proxy's ${name} lets pages of every origin send credentials.`))),
  ...documents.flatMap(({ path, value }) => (isOpenRule(value) ? [wildcard(path, "Pages of every origin may use the bucket: its CORS rule names *.")] : [])),
];

const hasStar = (text: string | undefined): boolean => text !== undefined && text.split(",").some((origin) => origin.trim() === "*");

function openMiddlewares(raw: Readonly<Record<string, unknown>>): readonly string[] {
  const all = isRecord(raw["http"]) && isRecord(raw["http"]["middlewares"]) ? Object.entries(raw["http"]["middlewares"]) : [];
  return all.flatMap(([name, middleware]) => {
    const headers = isRecord(middleware) && isRecord(middleware["headers"]) ? middleware["headers"] : {};
    const origins = [headers["accessControlAllowOriginList"]].flat().map(String);
    return headers["accessControlAllowCredentials"] === true && origins.includes("*") ? [name] : [];
  });
}

/** Of B2's own form, or of S3's. */
function isOpenRule(value: unknown): boolean {
  const rules = Array.isArray(value) ? value : isRecord(value) && Array.isArray(value["CORSRules"]) ? value["CORSRules"] : [];
  return rules.filter(isRecord).some((rule) => ["allowedOrigins", "AllowedOrigins"].some((name) => Array.isArray(rule[name]) && rule[name].includes("*")));
}
