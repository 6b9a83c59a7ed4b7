/** Addresses -> what Traefik's file provider reads. It fills in names from its own environment, so one file serves every domain. */
import type { Address, Topology } from "../schema/topology.ts";
import { made, yamlFile, type RenderedFile } from "./file.ts";

type Entry = Readonly<Record<string, unknown>>;

const nameOf = ({ variable }: Address): string => `{{ env "${variable}" }}`;
const urlOf = ({ service, port }: Address): string => `http://${service}:${port}`;

/** The API's address has a file of its own: a rolling update replaces that one. */
export function traefikFiles(topology: Topology, host: string): readonly RenderedFile[] {
  const here = topology.addresses.filter(({ service }) => topology.services.some((one) => one.id === service && one.host === host));
  const pages = here.filter(({ protocol }) => protocol === "https");
  const caches = here.filter(({ protocol }) => protocol === "rediss");
  const api = pages.filter(({ id }) => id === "api");
  const signed = pages.some(({ id, service }) => id === "console" && isSeaweed(topology, service));
  const routes: Entry = {
    http: {
      routers: Object.fromEntries(pages.map((address) => [address.id, routerOf(topology, address)])),
      ...(pages.length > api.length && { services: servers(pages.filter(({ id }) => id !== "api")) }),
      middlewares: {
        secure: { headers: { stsSeconds: 31_536_000, contentTypeNosniff: true, referrerPolicy: "strict-origin-when-cross-origin" } },
        ...(signed && { "console-users": { basicAuth: { users: ['{{ env "CONSOLE_USERS" }}'] } } }),
      },
    },
    ...(caches.length > 0 && {
      tcp: {
        routers: Object.fromEntries(
          caches.map((address) => [
            address.id,
            { rule: `HostSNI(\`${nameOf(address)}\`)`, entryPoints: ["cache"], service: address.id, tls: { certResolver: "letsencrypt" } },
          ]),
        ),
        services: Object.fromEntries(caches.map(({ id, service, port }) => [id, { loadBalancer: { servers: [{ address: `${service}:${port}` }] } }])),
      },
    }),
  };
  const header = (says: string): string => `${says}\n${made(topology.kind)}`;
  return [
    yamlFile("traefik/routes.yml", header("Which name leads where."), pages.length > 0 ? routes : withoutPages(routes)),
    ...(api.length > 0 ? [yamlFile("traefik/api.yml", header("Which API answers. `cooly deploy roll` replaces this file, whole."), { http: { services: servers(api) } })] : []),
  ];
}

const withoutPages = ({ http: _http, ...rest }: Entry): Entry => rest;

const isSeaweed = ({ services }: Topology, id: string): boolean => services.find((service) => service.id === id)?.image?.name.includes("seaweedfs") === true;

function routerOf(topology: Topology, address: Address): Entry {
  const host = `Host(\`${nameOf(address)}\`)`;
  const plain = { rule: host, entryPoints: ["websecure"], service: address.id, middlewares: ["secure"] };
  if (address.id !== "console") return plain;
  // SeaweedFS' console asks nobody who they are; Garage's answers only whoever knows the token, but for its metrics.
  if (isSeaweed(topology, address.service)) return { ...plain, middlewares: ["secure", "console-users"] };
  return { ...plain, rule: `${host} && PathPrefix(\`/v2/\`)` };
}

const servers = (addresses: readonly Address[]): Entry =>
  Object.fromEntries(
    addresses.map((address) => [
      address.id,
      {
        loadBalancer: {
          servers: [{ url: urlOf(address) }],
          passHostHeader: true,
          // Events are passed on as they come.
          responseForwarding: { flushInterval: "-1ms" },
          ...(address.id === "api" && { healthCheck: { path: "/healthz", interval: "2s", timeout: "1s" } }),
        },
      },
    ]),
  );
