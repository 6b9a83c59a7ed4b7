/** Addresses -> what Traefik's file provider reads. It fills in names from its own environment, so one file serves every domain. */
import type { Address, Topology } from "../schema/topology.ts";
import { made, yamlFile, type RenderedFile } from "./file.ts";

type Entry = Readonly<Record<string, unknown>>;

const nameOf = ({ variable }: Address): string => `{{ env "${variable}" }}`;
const urlOf = ({ service, port }: Address): string => `http://${service}:${port}`;

/** What a rolling update points elsewhere, by a file of its own that it replaces. */
const isRolled = ({ id }: Address): boolean => id === "api" || id === "studio";

export function traefikFiles(topology: Topology, host: string): readonly RenderedFile[] {
  const here = topology.addresses.filter(({ service }) => topology.services.some((one) => one.id === service && one.host === host));
  const pages = here.filter(({ protocol }) => protocol === "https");
  const caches = here.filter(({ protocol }) => protocol === "rediss");
  const header = (says: string): string => `${says}\n${made(topology.kind)}`;
  return [
    yamlFile("traefik/routes.yml", header("Which name leads where."), {
      ...(pages.length > 0 && { http: passages(topology, pages) }),
      ...(caches.length > 0 && { tcp: throughTls(caches) }),
    }),
    ...pages.filter(isRolled).map((address) =>
      yamlFile(`traefik/${address.service}.yml`, header(`Where ${address.service} answers. \`cooly deploy roll\` replaces this file, whole.`), {
        http: { services: servers([address]) },
      }),
    ),
  ];
}

function passages(topology: Topology, pages: readonly Address[]): Entry {
  // Media and console are of one server, at two ports.
  const kept = pages.filter((address) => !isRolled(address));
  const signed = pages.some(({ id, service }) => id === "console" && isSeaweed(topology, service));
  return {
    routers: Object.fromEntries(pages.map((address) => [address.id, routerOf(topology, address)])),
    ...(kept.length > 0 && { services: servers(kept) }),
    middlewares: {
      secure: { headers: { stsSeconds: 31_536_000, contentTypeNosniff: true, referrerPolicy: "strict-origin-when-cross-origin" } },
      ...(signed && { "console-users": { basicAuth: { users: ['{{ env "CONSOLE_USERS" }}'] } } }),
    },
  };
}

const throughTls = (caches: readonly Address[]): Entry => ({
  routers: Object.fromEntries(
    caches.map((address) => [
      address.id,
      { rule: `HostSNI(\`${nameOf(address)}\`)`, entryPoints: ["cache"], service: address.id, tls: { certResolver: "letsencrypt" } },
    ]),
  ),
  services: Object.fromEntries(caches.map(({ id, service, port }) => [id, { loadBalancer: { servers: [{ address: `${service}:${port}` }] } }])),
});

/** A service behind the proxy is called as its container where there is one of it, else for what it is asked. */
const backendOf = (address: Address): string => (isRolled(address) ? address.service : address.id);

const isSeaweed = ({ services }: Topology, id: string): boolean => services.find((service) => service.id === id)?.image?.name.includes("seaweedfs") === true;

function routerOf(topology: Topology, address: Address): Entry {
  const host = `Host(\`${nameOf(address)}\`)`;
  const plain = { rule: host, entryPoints: ["websecure"], service: backendOf(address), middlewares: ["secure"] };
  if (address.id !== "console") return plain;
  // SeaweedFS' console asks nobody who they are; Garage's answers only whoever knows the token, but for its metrics.
  if (isSeaweed(topology, address.service)) return { ...plain, middlewares: ["secure", "console-users"] };
  return { ...plain, rule: `${host} && PathPrefix(\`/v2/\`)` };
}

const servers = (addresses: readonly Address[]): Entry =>
  Object.fromEntries(addresses.map((address) => [backendOf(address), { loadBalancer: { servers: [{ url: urlOf(address) }] } }]));
