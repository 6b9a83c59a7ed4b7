/** Who can reach what it names. */
import { entryOf, wordOf, type BlueprintModel, type BlueprintEntry } from "../blueprint-model.ts";
import { isA, isRecord, type ComposeModel, type ComposeEntry } from "../compose-model.ts";
import { literalOf, resolved, usesOf } from "../interpolation.ts";
import { commandOf, rolesOf } from "./roles.ts";
import { eachCompose, eachComposeEntry, when, type Rule } from "./rule.ts";

const WHAT: Readonly<Record<string, string>> = {
  DATABASE_URL: "the database",
  DATABASE_DIRECT_URL: "the database",
  REDIS_URL: "the queue",
  CACHE_URL: "the cache",
  SQS_MAIN_QUEUE_URL: "the queue",
  S3_ENDPOINT: "the S3 server",
};

const hostOf = (url: string): string | null => /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(\[[^\]]+\]|[^:/?#]+)/i.exec(resolved(url))?.[1] ?? null;

/** `local` is what a container calls itself. */
const isOwn = (host: string): boolean => /^(localhost|127\.|\[?::1)/.test(host);

export const reachable = eachComposeEntry((service, model) =>
  Object.entries(WHAT).flatMap(([variable, what]) => {
    const text = service.environment[variable] ?? "";
    const host = hostOf(text);
    const why = host === null ? whyNotElsewhere(service, text, model) : /^[A-Z_]+$/.test(host) ? null : whyNot(service, host, model);
    return when(why !== null, () => ({
      rule: "unreachable",
      says: `${service.name} cannot reach ${what}: ${variable} leads ${host === null ? "elsewhere" : `to ${host}`}.`,
      cause: why!,
      fix: `Put both on one network of this file, or correct ${variable}.`,
    }));
  }),
);

/** What an operator is asked for is not in this file. */
function whyNotElsewhere(service: ComposeEntry, text: string, model: ComposeModel): string | null {
  const [use, more] = usesOf(text);
  const isAsked = use?.fallback === null && !more && literalOf(text) === "";
  return isAsked ? reachesInternet(service, model) : null;
}

function whyNot(service: ComposeEntry, host: string, model: ComposeModel): string | null {
  if (isOwn(host)) return `Within a container, ${host} is the container itself.`;
  const other = model.services.find(({ name }) => name === host);
  if (!other) return host.includes(".") ? reachesInternet(service, model) : `There is no service ${host} in this file.`;
  if (other.networks.some((network) => service.networks.includes(network))) return null;
  return `${service.name} is on ${say(service.networks)}, ${host} is on ${say(other.networks)}: they share none.`;
}

const say = (networks: readonly string[]): string => (networks.length === 0 ? "no network" : networks.join(" and "));

function reachesInternet({ networks }: ComposeEntry, model: ComposeModel): string | null {
  const isInternal = (network: string): boolean => {
    const declared = model.networks[network];
    return isRecord(declared) && declared["internal"] === true;
  };
  return networks.every(isInternal) ? `It is outside, and ${say(networks)} ${networks.length === 1 ? "does" : "do"} not reach the internet.` : null;
}

/** Asked for and made at the first start, but not there. */
export const dangling = eachComposeEntry((service, model, deployment) => {
  const names = new Set(model.services.map(({ name }) => name));
  const isNamed = (source: string): boolean => source !== "" && !/^[./~]/.test(source);
  return [
    ...service.dependsOn
      .filter(({ service: other }) => !names.has(other))
      .map(({ service: other }) => missing(service, `waits for ${other}`, `There is no service ${other} in this file.`)),
    ...service.networks
      .filter((network) => network !== "default" && !/^(host|bridge|service:|container:)/.test(network) && !(network in model.networks))
      .map((network) => missing(service, `is on the network ${network}`, `The file declares no network ${network}.`)),
    ...service.mounts
      .filter(({ source }) => isNamed(source) && !(source in model.volumes))
      .map(({ source }) => missing(service, `keeps things in the volume ${source}`, `The file declares no volume ${source}.`)),
    ...service.envFiles
      .filter((file) => !deployment.files.some(({ path }) => path === file.replace(/^\.\//, "")) && !isBroughtAlong(file, deployment))
      .map((file) => missing(service, `reads its variables from ${file}`, "There is no such file, and no example of it.")),
  ];
});

/** Made of its example by whoever deploys. */
const isBroughtAlong = (file: string, { files }: { readonly files: readonly { readonly path: string }[] }): boolean =>
  files.some(({ path }) => path === `${file.replace(/^\.\//, "")}.example`);

const missing = (service: ComposeEntry, does: string, cause: string) => ({
  rule: "names-nothing",
  says: `${service.name} ${does}, which does not exist.`,
  cause,
  fix: "Add it, or correct the name.",
});

/** A wait for something that never comes about. */
export const waits = eachCompose((model) =>
  model.services.flatMap((service) =>
    service.dependsOn.flatMap(({ service: name, condition }) => {
      const other = model.services.find((one) => one.name === name);
      if (!other) return [];
      const check = isRecord(other.raw["healthcheck"]) ? other.raw["healthcheck"] : null;
      const never = condition === "service_healthy" && (check === null || check["disable"] === true) && other.image !== null && !other.built && !isOurs(other);
      const absent = other.profiles.length > 0 && !other.profiles.some((profile) => service.profiles.includes(profile));
      return [
        ...when(never, () => ({
          rule: "waits-forever",
          says: `${service.name} waits until ${name} is healthy, and nothing ever says that it is.`,
          cause: `${name} has no health check.`,
          fix: `Give ${name} a healthcheck with a program of its own image; none of them has curl.`,
        })),
        ...when(absent, () => ({
          rule: "waits-forever",
          says: `${service.name} waits for ${name}, which only starts with the profile ${other.profiles.join(" or ")}.`,
          cause: "Without the profile Compose refuses the file.",
          fix: `Give both the same profile, or ${name} none.`,
        })),
      ];
    }),
  ),
);

/** Whose image has a check of its own. */
const isOurs = ({ image }: ComposeEntry): boolean => /cooly-(server|frontend)/.test(image ?? "");

/** Names that the proxy leads to. */
export const routes: Rule = (deployment) =>
  deployment.routes.flatMap(({ path, raw }) => {
    const everywhere = deployment.routes.flatMap(({ raw: one }) => ["http", "tcp"].map((kind) => one[kind]).filter(isRecord));
    const declared = (part: string): ReadonlySet<string> => new Set(everywhere.flatMap((one) => (isRecord(one[part]) ? Object.keys(one[part]) : [])));
    const [services, middlewares] = [declared("services"), declared("middlewares")];
    const routers = ["http", "tcp"].flatMap((kind) => (isRecord(raw[kind]) && isRecord(raw[kind]["routers"]) ? Object.entries(raw[kind]["routers"]) : []));
    const broken = routers.flatMap(([name, router]) => {
      if (!isRecord(router)) return [];
      const wanted = Array.isArray(router["middlewares"]) ? router["middlewares"].map(String) : [];
      return [
        ...(services.has(String(router["service"])) ? [] : [`${name} leads to ${String(router["service"])}`]),
        ...wanted.filter((one) => !middlewares.has(one)).map((one) => `${name} passes ${one}`),
      ];
    });
    const known = new Set(deployment.composes.flatMap(({ services: some }) => some.map((service) => service.name)));
    const targets = [...JSON.stringify(raw).matchAll(/"(?:url|address)":"(?:https?:\/\/)?([^":/]+):\d+/g)].map(([, host]) => host!);
    const lost = known.size === 0 ? [] : targets.filter((host) => !host.includes(".") && !known.has(host)).map((host) => `a service leads to ${host}`);
    return [...broken, ...lost].map((what) => ({
      rule: "names-nothing",
      file: path,
      says: `Of the proxy, ${what}, which does not exist.`,
      cause: "It answers 404 or 502 for that name.",
      fix: "Add it, or correct the name.",
    }));
  });

/** Those who hand out work and those who take it have to mean the same queue. */
export const oneQueue: Rule = ({ composes, blueprints }) =>
  [
    ...composes.map(({ path, services }) => ({
      path,
      ours: services.map(({ name, words, environment }) => ({ name, command: words.join(" "), value: (key: string) => environment[key] })),
    })),
    ...blueprints.map((model) => ({
      path: model.path,
      ours: model.services.map((service) => ({ name: service.name, command: commandOf(service), value: valueIn(model, service) })),
    })),
  ].flatMap(({ path, ours }) => {
    const working = ours.filter(({ command, value }) => rolesOf(command, value)?.some((role) => role === "relay" || role === "gen"));
    const queues = new Map(working.map(({ name, value }) => [name, queueOf(value)]));
    if (new Set(queues.values()).size < 2) return [];
    const said = [...queues].map(([name, queue]) => `${name} uses ${queue}`).join(", ");
    return [
      {
        rule: "two-queues",
        file: path,
        says: `What one hands out, the other never sees: ${said}.`,
        cause: "The relay publishes to one queue and the gen worker listens on another.",
        fix: "Give both the same REDIS_URL (or SQS_MAIN_QUEUE_URL), or neither.",
      },
    ];
  });

/** What is asked for, or comes from elsewhere, is one address whoever takes it. */
const valueIn =
  (model: BlueprintModel, service: BlueprintEntry) =>
  (key: string): string | undefined => {
    const entry = entryOf(model, service, key);
    return entry && (wordOf(entry, "value") || "asked for");
  };

const namesIn = (text: string): string =>
  usesOf(text)
    .map(({ name }) => name)
    .join(" and ");

function queueOf(value: (key: string) => string | undefined): string {
  const [driver, queue, redis] = ["QUEUE_DRIVER", "SQS_MAIN_QUEUE_URL", "REDIS_URL"].map(value);
  if (driver && !driver.includes("${")) return driver;
  if (queue) return `SQS (${queue})`;
  // Never the whole address: a password may stand in it.
  return redis ? `Redis at ${hostOf(redis) ?? (namesIn(redis) || "an address of its own")}` : "PostgreSQL";
}

export const redisThere = eachComposeEntry((service, model) => {
  const wants = service.environment["QUEUE_DRIVER"] === "bullmq" && !service.environment["REDIS_URL"];
  return when(wants, () => ({
    rule: "unreachable",
    says: `${service.name} cannot reach the queue: QUEUE_DRIVER is bullmq and there is no REDIS_URL.`,
    cause: model.services.some((one) => isA(one, "redis")) ? "The Redis of this file is not named." : "There is no Redis either.",
    fix: "Set REDIS_URL, or leave QUEUE_DRIVER out for the queue in PostgreSQL.",
  }));
});
