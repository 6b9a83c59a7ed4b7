/** What the world reaches. */
import { isA, isLoopback, isRecord, isStore, type ComposeEntry, type Published } from "../compose-model.ts";
import type { Deployment } from "../deployment.ts";
import { eachComposeEntry, when, type Rule } from "./rule.ts";

const OF_PROXY = new Set(["80", "443"]);

const FIX = "Remove it from ports: services of one file reach each other without. To look at it from this machine, write 127.0.0.1: in front.";

/** Docker's own rules come before those of ufw, so a published port is open whatever the firewall says. */
export const published = eachComposeEntry((service, model, deployment) =>
  service.published
    .filter(({ address }) => !isLoopback(address))
    .flatMap((port) => {
      if (isStore(service)) return [storeFound(service, port)];
      if (isA(service, "proxy") && (OF_PROXY.has(port.port) || isEncrypted(port, deployment))) return [];
      return [
        {
          rule: "published-port",
          says: `${service.name} publishes port ${port.port === "" ? `${port.target} under a number that Docker picks` : port.port} to everybody.`,
          cause: "Docker lets published ports past the host's firewall (ufw too), and only the proxy is meant to be reached, on 80 and 443.",
          fix: FIX,
        },
      ];
    }),
);

const storeFound = (service: ComposeEntry, { port, target }: Published) => ({
  rule: "store-exposed",
  says: `${service.name} (${nameOf(service)}) is reached from the whole internet on port ${port || target}.`,
  cause: "Docker lets published ports past the host's firewall, and what keeps data is found by scanners within minutes.",
  fix: FIX,
});

const nameOf = (service: ComposeEntry): string => (isA(service, "postgres") ? "PostgreSQL" : isA(service, "redis") ? "Redis" : "an S3 server");

/** A port of the proxy beside 80 and 443 is one where every router of its entry point ends TLS. */
function isEncrypted({ target }: Published, deployment: Deployment): boolean {
  const routers = deployment.routes.flatMap(({ raw }) =>
    isRecord(raw["tcp"]) && isRecord(raw["tcp"]["routers"]) ? Object.values(raw["tcp"]["routers"]).filter(isRecord) : [],
  );
  const proxies = deployment.composes.flatMap(({ services }) => services.filter((service) => isA(service, "proxy")));
  const entryPoints = proxies.flatMap(({ words }) =>
    words.flatMap((word) => new RegExp(`^--entrypoints\\.([^.]+)\\.address=.*:${target}$`, "i").exec(word)?.[1] ?? []),
  );
  const served = routers.filter((router) => Array.isArray(router["entryPoints"]) && router["entryPoints"].some((name) => entryPoints.includes(String(name))));
  return served.length > 0 && served.every((router) => isRecord(router["tls"]));
}

export const plainPassage: Rule = (deployment) =>
  deployment.routes.flatMap(({ path, raw }) => {
    const tcp = isRecord(raw["tcp"]) ? raw["tcp"] : {};
    const routers = isRecord(tcp["routers"]) ? Object.entries(tcp["routers"]) : [];
    return routers
      .filter(([, router]) => isRecord(router) && !isRecord(router["tls"]))
      .map(([name]) => ({
        rule: "plain-passage",
        file: path,
        says: `The proxy passes ${name} on without TLS.`,
        cause: "Passwords and what they protect cross the internet for everybody on the way to read.",
        fix: "Give the router tls with a certResolver, and let clients use rediss:.",
      }));
  });

/** At Render, a database without a list is open to every address, and so is 0.0.0.0/0. */
export const openAtRender: Rule = (deployment) =>
  deployment.blueprints.flatMap(({ path, databases, services }) =>
    [
      ...databases.map((raw) => ({ raw, what: "PostgreSQL" })),
      ...services.filter(({ type }) => type === "keyvalue" || type === "redis").map(({ raw }) => ({ raw, what: "Redis" })),
    ].flatMap(({ raw, what }) => {
      const allowed = raw["ipAllowList"];
      const isOpen = !Array.isArray(allowed) || allowed.some((entry) => isRecord(entry) && /\/[0-7]$/.test(String(entry["source"])));
      return when(isOpen, () => ({
        rule: "store-exposed",
        says: `${String(raw["name"])} (${what}) is reached from the whole internet.`,
        cause: Array.isArray(allowed)
          ? "ipAllowList lets in every address, or a good part of them all."
          : "There is no ipAllowList, and without one every address is let in.",
        fix: "Set ipAllowList: [] (services of Render reach it all the same), or the few addresses that need it.",
      })).map((found) => ({ file: path, ...found }));
    }),
  );

/** What gives a container the machine. */
export const machine = eachComposeEntry((service) => {
  const { raw, mounts, name } = service;
  const grants = [
    ...(raw["privileged"] === true ? ["privileged: true"] : []),
    ...(raw["network_mode"] === "host" ? ["network_mode: host"] : []),
    ...(raw["pid"] === "host" ? ["pid: host"] : []),
    ...mounts.flatMap(({ source }) => wholeBy(source) ?? []),
    ...addedOf(raw)
      .filter((capability) => AS_GOOD_AS_ALL.has(capability))
      .map((capability) => `cap_add: ${capability}`),
  ];
  return grants.map((grant) => ({
    rule: "whole-machine",
    says: `${name} is given the whole machine by ${grant}.`,
    cause: "Whoever takes over that one container is root on the host, and in every other container.",
    fix: "Remove it. The proxy reads files instead of Docker's socket; nothing of ours needs any of these.",
  }));
});

/** Folders of the host: in each is the socket, what Docker keeps, or who may sign in. */
const WHOLE = new Set(["", "/etc", "/root", "/run", "/var", "/var/run", "/var/lib"]);

function wholeBy(source: string): string | null {
  if (source.endsWith("/docker.sock")) return "Docker's socket";
  const folder = source.replace(/\/+$/, "");
  const isWhole = source.startsWith("/") && (WHOLE.has(folder) || /^\/var\/lib\/docker(\/|$)/.test(folder));
  return isWhole ? `its folder ${folder || "/"}` : null;
}

const AS_GOOD_AS_ALL = new Set(["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH"]);

const addedOf = (raw: ComposeEntry["raw"]): readonly string[] =>
  Array.isArray(raw["cap_add"]) ? raw["cap_add"].map((name) => String(name).toUpperCase().replace(/^CAP_/, "")) : [];
